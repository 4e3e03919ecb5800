import { Failure } from "../errors.ts";
import { refused } from "./parse.ts";

/**
 * The base address of the service, without a slash at the end. The key travels there, so it must be https; http only to this machine itself.
 * Throws Failure `usage`, and shows no more than host and path: a password may stand before them, a secret behind.
 */
export function parseApiUrl(text: string): string {
	const address = text.trim();
	// The URL standard drops line breaks and tabs from the middle without a word.
	const url = /[\s\p{Cc}]/u.test(address) ? undefined : tryUrl(address);
	if (url === undefined || !["https:", "http:"].includes(url.protocol))
		throw address.includes("@")
			? new Failure("usage", "the value is not an address", { hint: example })
			: refused(address, "not an address", example);

	const shown = url.origin + url.pathname;
	if (url.username || url.password)
		throw refused(shown, "given with a user name or password", example);
	if (/[?#]/.test(address))
		throw refused(shown, "given with a query or fragment", example);
	if (url.protocol === "http:" && !isLoopback(url.hostname))
		throw refused(
			shown,
			"not encrypted, and the key would travel to it",
			example,
		);
	const base = shown.replace(/\/+$/, "");
	if (/\/v\d+$/.test(base))
		throw refused(
			shown,
			"given with the version of the API",
			`leave that out: ${base.replace(/\/v\d+$/, "")}`,
		);
	return base;
}

const example =
	"Give https://host, as in https://api.runflow.io; http:// is for 127.0.0.1, [::1] and localhost alone.";

function tryUrl(text: string): URL | undefined {
	return URL.canParse(text) ? new URL(text) : undefined;
}

/** By the host as the URL standard writes it: 127.1 and 0x7f.1 have become 127.0.0.1 by then. */
function isLoopback(hostname: string): boolean {
	return (
		hostname === "localhost" ||
		hostname === "[::1]" ||
		/^127\.\d+\.\d+\.\d+$/.test(hostname)
	);
}
