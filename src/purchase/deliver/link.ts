import { Failure } from "../../errors.ts";
import { service } from "../../runflow/service.ts";
import { checkLink } from "../../runflow/storage-link.ts";
import type { WireAnswer } from "../../runflow/transport.ts";
import type { JobContext } from "../context.ts";

/**
 * Opens a storage link, following at most five redirects. Never with the key: these hosts are not
 * the API's. Only https, loopback apart.
 * @throws {Failure} `bad_response` for a link that leads elsewhere
 * @throws {WireError}
 */
export async function openLink(
	link: string,
	headers: Readonly<Record<string, string>>,
	{ transport, signal }: Pick<JobContext, "transport" | "signal">,
): Promise<WireAnswer & { readonly body: AsyncIterable<Uint8Array> }> {
	let url = checkLink(link, whose, transport.isLocal);
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
		url = checkLink(location, whose, transport.isLocal, url);
	}
}

const whose = "the image's link";
