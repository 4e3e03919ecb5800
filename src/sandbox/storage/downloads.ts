import { createHash } from "node:crypto";
import type {
	IncomingHttpHeaders,
	IncomingMessage,
	ServerResponse,
} from "node:http";
import type { ActiveFaults } from "../faults/injector.ts";
import type { Pictures } from "../pictures.ts";
import {
	type Answer,
	htmlPage,
	pause,
	sendEffect,
	storageError,
	writeHalf,
	writeHead,
} from "../server/answers.ts";
import { endsAt } from "../state/progress.ts";
import type { RunRecord } from "../state/records.ts";

interface Download {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly faults: ActiveFaults;
	readonly url: URL;
}

/** Sends one picture of a run, or the part of it that was asked for, as the faults will have it. Returns the status. */
export async function sendPicture(
	{ request, response, faults, url }: Download,
	wanted: {
		readonly run: RunRecord;
		readonly index: number;
		readonly pictures: Pictures;
	},
): Promise<number> {
	const instead = redirectOf(faults, url) ?? pageInstead(faults);
	if (instead) return sendEffect({ kind: "answer", answer: instead }, response);

	const { run, index, pictures } = wanted;
	const variant = faults.has("smaller")
		? "smaller"
		: faults.has("changed")
			? "changed"
			: "right";
	const body = damage(await pictures.bytesOf(run, index, variant), faults);
	const etag = etagOf(body);
	const headers = {
		"content-type": faults.has("octet-stream")
			? "application/octet-stream"
			: `image/${run.picture.format}`,
		...(!faults.has("no-range") && { "accept-ranges": "bytes" }),
		...(!faults.has("no-etag") && {
			etag,
			"last-modified": new Date(endsAt(run)).toUTCString(),
		}),
	};
	const whole: Answer = { status: 200, headers, body };
	const answer = faults.has("no-range")
		? whole
		: partOf(whole, request.headers, etag);
	return sendBody(answer, response, faults);
}

/** As S3 makes it: the MD5 of the bytes in quotes. */
export function etagOf(bytes: Buffer): string {
	return `"${createHash("md5").update(bytes).digest("hex")}"`;
}

/** What was asked for of an answer: the whole as well where a part was asked for of what is no longer there. */
export function partOf(
	whole: Answer,
	headers: IncomingHttpHeaders,
	etag: string,
): Answer {
	const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "") ?? [];
	if (!from || (headers["if-range"] ?? etag) !== etag) return whole;
	const { length } = whole.body;
	const first = Number(from);
	const last = Math.min(to ? Number(to) : length, length - 1);
	if (first > last)
		return storageError(416, "InvalidRange", "No such range", {
			"content-range": `bytes */${length}`,
		});
	const contentRange = `bytes ${first}-${last}/${length}`;
	return {
		status: 206,
		headers: { ...whole.headers, "content-range": contentRange },
		body: whole.body.subarray(first, last + 1),
	};
}

function redirectOf(faults: ActiveFaults, url: URL): Answer | undefined {
	const hops = Number(url.searchParams.get("hop") ?? 0);
	const isDue =
		faults.has("redirect-loop") || (faults.has("redirect") && hops === 0);
	if (!isDue && !faults.has("redirect-insecure")) return undefined;
	const onward = new URLSearchParams(url.searchParams);
	onward.set("hop", String(hops + 1));
	const location = isDue
		? `${url.pathname}?${onward}`
		: `http://storage.invalid${url.pathname}`;
	return { status: 302, headers: { location }, body: Buffer.alloc(0) };
}

function pageInstead(faults: ActiveFaults): Answer | undefined {
	if (faults.has("html")) return htmlPage(200);
	if (!faults.has("empty")) return undefined;
	const headers = { "content-type": "image/jpeg" };
	return { status: 200, headers, body: Buffer.alloc(0) };
}

/** The bytes of a picture after the faults that damage them. */
function damage(bytes: Buffer, faults: ActiveFaults): Buffer {
	const { length } = bytes;
	if (faults.has("wrong")) return gif;
	if (faults.has("truncated"))
		return bytes.subarray(0, Math.floor(length * 0.6));
	if (faults.has("garbage")) return noise(length);
	if (!faults.has("damaged")) return bytes;
	// Behind the headers and before the end, whatever the format: only a decoder can tell.
	const hole = [Math.floor(length * 0.5), Math.floor(length * 0.7)] as const;
	return Buffer.from(bytes).fill(0, ...hole);
}

/** One transparent pixel: a whole file of the wrong kind. */
const gif = Buffer.from(
	"R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
	"base64",
);

/** The same noise each time, so that a resumed download goes on in the same file. */
function noise(length: number): Buffer {
	const blocks: Buffer[] = [];
	for (let at = 0; at < length; at += 32)
		blocks.push(createHash("sha256").update(`noise ${at}`).digest());
	return Buffer.concat(blocks, length);
}

/** Sends the bytes of a picture at the pace, and as far, as the faults allow. Returns the status. */
async function sendBody(
	answer: Answer,
	response: ServerResponse,
	faults: ActiveFaults,
): Promise<number> {
	const { status, body } = answer;
	const withoutLength = faults.has("no-length") || faults.has("endless");
	const slowMs = faults.timeOf("slow");
	const endsEarly = faults.has("cut") || faults.has("stall");
	if (!withoutLength && !endsEarly && slowMs === undefined)
		return sendEffect({ kind: "answer", answer }, response);

	writeHead(answer, response, { withoutLength });
	if (faults.has("cut")) writeHalf(body, response, () => response.destroy());
	else if (faults.has("stall")) writeHalf(body, response, () => {});
	else if (faults.has("endless")) {
		response.write(body);
		pourZeros(response);
	} else if (slowMs !== undefined) await drip(body, response, slowMs);
	// In two writes: a body that is given to end() alone gets a length after all.
	else
		writeHalf(body, response, () =>
			response.end(body.subarray(Math.ceil(body.length / 2))),
		);
	return status;
}

async function drip(
	body: Buffer,
	response: ServerResponse,
	overMs: number,
): Promise<void> {
	const pieces = 20;
	const size = Math.max(1, Math.ceil(body.length / pieces));
	for (let at = 0; at < body.length && !response.destroyed; at += size) {
		await pause(overMs / pieces);
		response.write(body.subarray(at, at + size));
	}
	response.end();
}

function pourZeros(response: ServerResponse): void {
	const zeros = Buffer.alloc(64 * 1024);
	const pour = () => {
		// As fast as the client reads, until it leaves.
		while (!response.destroyed && response.write(zeros));
	};
	response.on("drain", pour);
	pour();
}
