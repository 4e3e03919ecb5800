import { isIP } from "node:net";
import { Failure } from "../errors.ts";
import { service } from "../runflow/service.ts";
import type { WireAnswer } from "../runflow/transport.ts";
import type { JobContext } from "./context.ts";

/**
 * Opens a storage link, following at most five redirects. Never with the key: these hosts are not
 * the API's. Only https, loopback apart.
 * @throws {Failure} `bad_response` for a link that leads elsewhere
 * @throws {WireError}
 */
export async function openLink(
	link: string,
	headers: Readonly<Record<string, string>>,
	{ transport, signal }: JobContext,
): Promise<WireAnswer & { readonly body: AsyncIterable<Uint8Array> }> {
	let url = checkLink(link);
	for (let redirects = 0; ; redirects += 1) {
		const answer = await transport.openStream({
			method: "GET",
			url: url.href,
			headers: { accept: "image/*,*/*;q=0.5", ...headers },
			signal,
		});
		const location = answer.headers.location;
		if (![301, 302, 303, 307, 308].includes(answer.status) || !location)
			return answer;
		for await (const _ of answer.body) break;
		if (redirects >= service.maxRedirects)
			throw new Failure(
				"bad_response",
				`the image's link was redirected more than ${service.maxRedirects} times`,
				{ retryable: true },
			);
		url = checkLink(location, url);
	}
}

function checkLink(link: string, base?: URL): URL {
	const url = URL.canParse(link, base?.href) ? new URL(link, base) : undefined;
	const isAllowed =
		url?.protocol === "https:" ||
		(url?.protocol === "http:" && isLoopback(url.hostname));
	if (url && isAllowed) return url;
	throw new Failure(
		"bad_response",
		`the image's link is not https: ${url ? `${url.protocol}//${url.host}` : "unreadable"}`,
	);
}

function isLoopback(hostname: string): boolean {
	const host = hostname.replace(/^\[|\]$/g, "");
	return (
		host === "localhost" ||
		host === "::1" ||
		(isIP(host) === 4 && host.startsWith("127."))
	);
}
