import { readFile } from "node:fs/promises";
import * as z from "zod";
import { Failure } from "../../errors.ts";
import { systemReason } from "../../system/disk-failure.ts";
import { parseJson } from "../../system/json.ts";
import type { PictureKind } from "../state/records.ts";

/** One request and what came of it. */
export interface RecordedExchange {
	readonly method: string;
	readonly url: URL;
	/** The body of the request, where it is JSON; undefined elsewhere. */
	readonly asked: unknown;
	/** 0: no answer. */
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	/** Undefined where it was left out. */
	readonly body: Buffer | undefined;
	/** Bytes of the body as it was. */
	readonly sizeBytes: number;
	/** Of an image that was left out; undefined where nobody says. */
	readonly image: PictureKind | undefined;
	/** `cut`: the connection ended before its end; `left`: nobody waited for it. */
	readonly end: "whole" | "cut" | "left";
}

/** What a command and the service said to one another. */
export interface Recording {
	/** In the order of their start, at least one of the API. */
	readonly exchanges: readonly RecordedExchange[];
	/** Where the API was; every other place is storage. */
	readonly apiOrigin: string;
	/** Written by `--trace`, which tells of each image that came whole what it is. */
	readonly tellsImages: boolean;
}

/**
 * Reads a HAR file (HAR 1.2, http://www.softwareishard.com/blog/har-12-spec): one of `--trace`, or of a browser or proxy.
 * @throws {Failure} `usage` where it cannot be read, is none, or has no request of the API
 */
export async function readRecording(file: string): Promise<Recording> {
	const text = await readFile(file, "utf8").catch((error) => {
		throw noRecording(`${file} cannot be read: ${systemReason(error)}`);
	});
	const { log } = parse(text, file);
	const exchanges = log.entries
		.toSorted(
			(a, b) => Date.parse(a.startedDateTime) - Date.parse(b.startedDateTime),
		)
		.map(exchangeOf);
	const first = exchanges.find(({ url }) => url.pathname.startsWith("/v1/"));
	if (first === undefined)
		throw noRecording(`${file} holds no request of the Runflow API`);
	return {
		exchanges,
		apiOrigin: first.url.origin,
		tellsImages: log.creator.name === "flux-ultra",
	};
}

const pairs = z.array(z.object({ name: z.string(), value: z.string() }));

const entrySchema = z.object({
	startedDateTime: z.string(),
	comment: z.string().optional(),
	request: z.object({
		method: z.string(),
		url: z.url({ protocol: /^https?$/ }),
		postData: z.object({ text: z.string().optional() }).optional(),
	}),
	response: z.object({
		status: z.number(),
		headers: pairs,
		content: z.object({
			size: z.number(),
			text: z.string().optional(),
			encoding: z.string().optional(),
			_image: z
				.object({
					format: z.enum(["jpeg", "png", "webp"]),
					width: z.number(),
					height: z.number(),
				})
				.optional(),
		}),
		_error: z.string().nullish(),
	}),
});

const harSchema = z.object({
	log: z.object({
		creator: z.object({ name: z.string() }),
		entries: z.array(entrySchema),
	}),
});

function parse(text: string, file: string): z.output<typeof harSchema> {
	const json = parseJson(text);
	if (json === undefined)
		throw noRecording(`${file} is no HAR file: it is not JSON`);
	const har = harSchema.safeParse(json);
	if (har.success) return har.data;
	const [issue] = har.error.issues;
	const where = issue?.path.join(".") || "the whole";
	throw noRecording(`${file} is no HAR file: ${where}: ${issue?.message}`);
}

function noRecording(message: string): Failure {
	return new Failure("usage", message, {
		hint: "any command writes one with --trace file.har",
	});
}

function exchangeOf({
	comment,
	request,
	response,
}: z.output<typeof entrySchema>): RecordedExchange {
	const { text, encoding, size, _image: image } = response.content;
	const isLeft = comment !== undefined && !response._error;
	return {
		method: request.method,
		url: new URL(request.url),
		asked: parseJson(request.postData?.text ?? ""),
		status: response.status,
		headers: Object.fromEntries(
			response.headers.map(({ name, value }) => [name.toLowerCase(), value]),
		),
		body:
			text === undefined
				? undefined
				: Buffer.from(text, encoding === "base64" ? "base64" : "utf8"),
		sizeBytes: Math.max(size, 0),
		image,
		end: response._error ? "cut" : isLeft ? "left" : "whole",
	};
}
