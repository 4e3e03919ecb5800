import type { IncomingHttpHeaders } from "node:http";

/** Which part of a file a request asks for, by the rules of HTTP (RFC 9110). */
export type Part =
	| { readonly kind: "whole" }
	/** First and last byte, both included. */
	| { readonly kind: "range"; readonly first: number; readonly last: number }
	| { readonly kind: "unsatisfiable" }
	| { readonly kind: "not-modified" }
	| { readonly kind: "precondition-failed" };

export function readPart(
	headers: IncomingHttpHeaders,
	size: number,
	etag: string,
	modifiedAt: number,
): Part {
	if (headers["if-match"] && !names(headers["if-match"], etag))
		return { kind: "precondition-failed" };
	if (headers["if-none-match"] && names(headers["if-none-match"], etag))
		return { kind: "not-modified" };
	const { range } = headers;
	// Several ranges at once may be answered with the whole, as S3 does.
	const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(range ?? "") ?? [];
	if (from === "" && to === "") return { kind: "whole" };
	const condition = headers["if-range"];
	if (typeof condition === "string" && !holds(condition, etag, modifiedAt))
		return { kind: "whole" };
	const first = from === "" ? Math.max(0, size - Number(to)) : Number(from);
	const last =
		from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
	if (first > last) return { kind: "unsatisfiable" };
	return { kind: "range", first, last };
}

function names(list: string, etag: string): boolean {
	return list
		.split(",")
		.map((each) => each.trim())
		.some((each) => each === "*" || each === etag);
}

/** If-Range holds for this strong ETag, or for this very date. */
function holds(condition: string, etag: string, modifiedAt: number): boolean {
	if (condition.startsWith('"')) return condition === etag;
	return Date.parse(condition) === Math.floor(modifiedAt / 1_000) * 1_000;
}
