import { isIP } from "node:net";
import { Failure } from "../errors.ts";

/**
 * The address of a link to a storage host: only https, loopback apart, because whoever listens on the
 * way could read the bytes and use the link's signature.
 * @param whose names the link in a message: "the image's link"
 * @param base what a relative link is relative to
 * @throws {Failure} `bad_response` for a link that leads elsewhere; its path and query are not told
 */
export function checkLink(link: string, whose: string, base?: URL): URL {
	const url = URL.canParse(link, base?.href) ? new URL(link, base) : undefined;
	const isAllowed =
		url?.protocol === "https:" ||
		(url?.protocol === "http:" && isLoopback(url.hostname));
	if (url && isAllowed) return url;
	throw new Failure(
		"bad_response",
		`${whose} is not https: ${url ? `${url.protocol}//${url.host}` : "unreadable"}`,
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
