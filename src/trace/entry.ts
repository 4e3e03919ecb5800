import { STATUS_CODES } from "node:http";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { type ImageFormat, ImageScanner } from "../images/scanner.ts";
import { contentEncodings } from "../runflow/body.ts";
import type { AnswerHead, SentRequest } from "../runflow/recorder.ts";
import {
	redactHeader,
	redactText,
	redactUrl,
	type Secrets,
	secretsIn,
} from "./redact.ts";

/** An exchange as it has been heard so far. Times are milliseconds, since 1970 or in length. */
export interface HeardExchange {
	readonly request: SentRequest;
	readonly startedAt: number;
	/** From the start to the head of the answer, and to the end. */
	readonly headMs: number | undefined;
	readonly totalMs: number;
	readonly head: AnswerHead | undefined;
	readonly body: HeardBody;
	/** Why there is no answer, or not the whole of it. */
	readonly failure?: string;
	/** We did not wait for its end. */
	readonly isLeft?: boolean;
}

/** Longer texts are left out: no page and no error comes near, and a hostile one has no end. */
const mostTextBytes = 32 * 1024 * 1024;

/** What a trace knows of the body of an answer: the bytes of a text, of anything else how many they are. */
export class HeardBody {
	#chunks: Uint8Array[] | undefined;
	readonly #scanner = new ImageScanner();
	sizeBytes = 0;

	constructor(isText: boolean) {
		this.#chunks = isText ? [] : undefined;
	}

	push(chunk: Uint8Array): void {
		this.sizeBytes += chunk.length;
		if (this.sizeBytes > mostTextBytes) this.#chunks = undefined;
		if (this.#chunks) {
			this.#chunks.push(chunk);
			return;
		}
		// It throws for what is no image.
		tryTo(() => this.#scanner.push(chunk));
	}

	/** Unpacked; undefined for what is no text, and for what cannot be unpacked. */
	text(headers: Readonly<Record<string, string>>): string | undefined {
		const chunks = this.#chunks;
		if (chunks === undefined) return undefined;
		return tryTo(() =>
			contentEncodings(headers)
				.reduce(unpack, Buffer.concat(chunks))
				.toString("utf8"),
		);
	}

	/** Undefined where it is no whole image. */
	image(): { format: ImageFormat; width: number; height: number } | undefined {
		return this.sizeBytes > 0 ? tryTo(() => this.#scanner.end()) : undefined;
	}
}

function unpack(bytes: Buffer, encoding: string): Buffer {
	if (encoding === "br") return brotliDecompressSync(bytes);
	return encoding === "deflate" ? inflateSync(bytes) : gunzipSync(bytes);
}

function tryTo<T>(work: () => T): T | undefined {
	try {
		return work();
	} catch {
		return undefined;
	}
}

/** Whether a body may be shown: what the API says, and the errors of a storage. */
export function isShown(isLink: boolean, contentType: string): boolean {
	return /json|xml|^text\//i.test(contentType) || (!isLink && !contentType);
}

/** The first value of a header, in any case of letters; empty where there is none. */
export function headerOf({ headers }: AnswerHead, name: string): string {
	return headersOf(headers).find(([one]) => one === name)?.[1] ?? "";
}

function headersOf(
	headers: AnswerHead["headers"],
): readonly [string, string][] {
	return Object.entries(headers).flatMap(([name, values]) =>
		[values ?? []]
			.flat()
			.map((value): [string, string] => [name.toLowerCase(), value]),
	);
}

/**
 * An entry of HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec), without its secrets.
 * Beside the names of the specification: `_error` as Chromium writes it, `_image` for an image that is left out.
 */
export function entryOf(heard: HeardExchange, known: Secrets) {
	const { request, startedAt, headMs, totalMs, isLeft } = heard;
	const secrets = [...known, ...(request.isLink ? secretsIn(request.url) : [])];
	const waitMs = toMicroseconds(headMs ?? totalMs);
	const receiveMs = toMicroseconds(totalMs - (headMs ?? totalMs));
	return {
		startedDateTime: new Date(startedAt).toISOString(),
		time: toMicroseconds(waitMs + receiveMs),
		request: requestOf(request, secrets),
		response: responseOf(heard, secrets),
		cache: {},
		timings: { send: 0, wait: waitMs, receive: receiveMs },
		...(isLeft && { comment: "left before its end" }),
	};
}

/** No clock is more exact, and a file of ten thousand images is read by people too. */
function toMicroseconds(ms: number): number {
	return Math.round(ms * 1_000) / 1_000;
}

function requestOf(
	{ method, url, isLink, headers, body }: SentRequest,
	secrets: Secrets,
) {
	const shownUrl = redactUrl(url, isLink, secrets);
	const { "content-type": mimeType = "", "content-length": length } = headers;
	const fileBytes = Number(length ?? 0);
	const posted =
		body !== undefined
			? { text: redactText(body, secrets) }
			: { text: "", comment: `${fileBytes} bytes left out` };
	return {
		method,
		url: shownUrl,
		...shownHeaders(Object.entries(headers), secrets),
		queryString: pairs(new URL(shownUrl).searchParams),
		bodySize: body === undefined ? fileBytes : Buffer.byteLength(body),
		...(method !== "GET" && { postData: { mimeType, ...posted } }),
	};
}

function responseOf({ head, body, failure }: HeardExchange, secrets: Secrets) {
	const error = failure !== undefined && {
		_error: redactText(failure, secrets),
	};
	if (head === undefined)
		return {
			status: 0,
			statusText: "",
			...shownHeaders([], secrets),
			content: { size: 0, mimeType: "x-unknown" },
			redirectURL: "",
			bodySize: -1,
			...error,
		};
	const headers = headersOf(head.headers);
	const text = body.text(Object.fromEntries(headers));
	const image = text === undefined ? body.image() : undefined;
	const mimeType = headerOf(head, "content-type") || "x-unknown";
	return {
		status: head.status,
		statusText: head.statusText || (STATUS_CODES[head.status] ?? ""),
		...shownHeaders(headers, secrets),
		content:
			text === undefined
				? {
						size: body.sizeBytes,
						mimeType,
						comment: `${body.sizeBytes} bytes left out`,
						...(image && { _image: image }),
					}
				: {
						size: Buffer.byteLength(text),
						mimeType,
						text: redactText(text, secrets),
					},
		redirectURL: redactHeader("location", headerOf(head, "location"), secrets),
		bodySize: body.sizeBytes,
		...error,
	};
}

/** What requests and answers have in common. */
function shownHeaders(
	headers: readonly (readonly [string, string])[],
	secrets: Secrets,
) {
	return {
		httpVersion: "HTTP/1.1",
		cookies: [],
		headers: pairs(
			headers.map(([name, value]) => [
				name,
				redactHeader(name, value, secrets),
			]),
		),
		headersSize: -1,
	};
}

function pairs(entries: Iterable<readonly [string, string]>) {
	return Array.from(entries, ([name, value]) => ({ name, value }));
}
