import { isIP } from "node:net";
import { Failure } from "../errors.ts";

/**
 * The address of a link to a storage host: only https, loopback apart, because whoever listens on the
 * way could read the bytes and use the link's signature.
 * @param whose names the link in a message: "the image's link"
 * @param base what a relative link is relative to
 * @param isApiLocal whether the API itself is on this machine: only then may a link lead to it
 * @throws {Failure} `bad_response` for a link that leads elsewhere; its path and query are not told
 */
export function checkLink(
	link: string,
	whose: string,
	isApiLocal: boolean,
	base?: URL,
): URL {
	const url = URL.canParse(link, base?.href) ? new URL(link, base) : undefined;
	const isLocal = url !== undefined && isLoopback(url.hostname);
	// A service elsewhere has no business with what runs here.
	if (isLocal && !isApiLocal)
		throw new Failure(
			"bad_response",
			`${whose} leads to this machine: ${url.protocol}//${url.host}`,
		);
	const isAllowed =
		url?.protocol === "https:" || (url?.protocol === "http:" && isLocal);
	if (url && isAllowed) return url;
	throw new Failure(
		"bad_response",
		`${whose} is not https: ${url ? `${url.protocol}//${url.host}` : "unreadable"}`,
	);
}

/** By the host as the URL standard writes it. */
export function isLoopback(hostname: string): boolean {
	const host = hostname.replace(/^\[|\]$/g, "");
	return (
		host === "localhost" ||
		host.endsWith(".localhost") ||
		host === "::1" ||
		(isIP(host) === 4 && host.startsWith("127."))
	);
}
