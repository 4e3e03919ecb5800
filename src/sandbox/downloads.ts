import { createHash } from "node:crypto";
import type {
	IncomingHttpHeaders,
	IncomingMessage,
	ServerResponse,
} from "node:http";
import { type Answer, htmlPage, storageError } from "./answers.ts";
import type { Strikes } from "./dice.ts";
import { spoil } from "./image-faults.ts";
import { endsAt } from "./outcomes.ts";
import type { Pictures } from "./pictures.ts";
import type { RunRecord } from "./records.ts";
import { sendBody } from "./send-body.ts";
import { carryOut } from "./wire.ts";

export interface Download {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly strikes: Strikes;
	readonly url: URL;
}

/** Sends one picture of a run, or the part of it that was asked for, as the faults will have it. Returns the status. */
export async function sendPicture(
	{ request, response, strikes, url }: Download,
	wanted: {
		readonly run: RunRecord;
		readonly index: number;
		readonly pictures: Pictures;
	},
): Promise<number> {
	const instead = redirectOf(strikes, url) ?? pageInstead(strikes);
	if (instead) return carryOut({ kind: "answer", answer: instead }, response);

	const { run, index, pictures } = wanted;
	const variant = strikes.has("smaller")
		? "smaller"
		: strikes.has("changed")
			? "changed"
			: "right";
	const right = await pictures.bytesOf(run, index, variant);
	const bytes = spoil(right, strikes);
	const etag = etagOf(bytes);
	const headers = {
		"content-type": strikes.has("octet-stream")
			? "application/octet-stream"
			: `image/${run.picture.format}`,
		...(!strikes.has("no-range") && { "accept-ranges": "bytes" }),
		...(!strikes.has("no-etag") && {
			etag,
			"last-modified": new Date(endsAt(run)).toUTCString(),
		}),
	};
	const range = strikes.has("no-range")
		? undefined
		: rangeOf(request.headers, bytes.length, etag);
	const answer = range
		? cut(bytes, headers, range)
		: { status: 200, headers, body: bytes };
	return sendBody(answer, response, strikes);
}

/** As S3 makes it: the MD5 of the bytes in quotes. */
export function etagOf(bytes: Buffer): string {
	return `"${createHash("md5").update(bytes).digest("hex")}"`;
}

/** First and last byte, both included. */
interface Range {
	readonly first: number;
	readonly last: number;
}

/** Undefined where the whole is asked for, or a part of what is no longer there. */
function rangeOf(
	headers: IncomingHttpHeaders,
	size: number,
	etag: string,
): Range | undefined {
	const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "") ?? [];
	const condition = headers["if-range"];
	if (!first || (condition !== undefined && condition !== etag))
		return undefined;
	const end = size - 1;
	return {
		first: Number(first),
		last: last ? Math.min(Number(last), end) : end,
	};
}

function cut(
	bytes: Buffer,
	headers: Answer["headers"],
	{ first, last }: Range,
): Answer {
	const { length } = bytes;
	if (first > last) {
		const answer = storageError(416, "InvalidRange", "No such range");
		const range = { "content-range": `bytes */${length}` };
		return { ...answer, headers: { ...answer.headers, ...range } };
	}
	return {
		status: 206,
		headers: {
			...headers,
			"content-range": `bytes ${first}-${last}/${length}`,
		},
		body: bytes.subarray(first, last + 1),
	};
}

function redirectOf(strikes: Strikes, url: URL): Answer | undefined {
	const hops = Number(url.searchParams.get("hop") ?? 0);
	const isDue =
		strikes.has("redirect-loop") || (strikes.has("redirect") && hops === 0);
	if (!isDue && !strikes.has("redirect-insecure")) return undefined;
	const onward = new URLSearchParams(url.searchParams);
	onward.set("hop", String(hops + 1));
	const location = isDue
		? `${url.pathname}?${onward}`
		: `http://storage.invalid${url.pathname}`;
	return { status: 302, headers: { location }, body: Buffer.alloc(0) };
}

function pageInstead(strikes: Strikes): Answer | undefined {
	if (strikes.has("html")) return htmlPage(200);
	if (!strikes.has("empty")) return undefined;
	const headers = { "content-type": "image/jpeg" };
	return { status: 200, headers, body: Buffer.alloc(0) };
}
