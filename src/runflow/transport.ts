import type { Dispatcher } from "undici";
import { readText } from "./body.ts";
import { createDispatcher } from "./dispatcher.ts";
import { createSend, type SendOptions, type SendRequest } from "./send.ts";
import { service } from "./service.ts";
import { checkLink } from "./storage-link.ts";
import { startLimit } from "./time-limit.ts";
import { WireError } from "./wire-error.ts";

export interface WireRequest {
	readonly method: "GET" | "POST";
	readonly url: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string;
	readonly signal?: AbortSignal | undefined;
}

/** A file for a storage host, which gets no key: the link is what allows it. */
export interface FilePut {
	/** Presigned; https, or loopback. */
	readonly url: string;
	/** The one that the link was made for: it is part of what is signed. */
	readonly contentType: string;
	readonly sizeBytes: number;
	/** As many bytes, in pieces that nobody writes over. Read only while they are sent. */
	readonly body: AsyncIterable<Uint8Array>;
	readonly signal?: AbortSignal | undefined;
	/** Called with the bytes that have left so far. */
	readonly onSent?: ((sentBytes: number) => void) | undefined;
}

export interface WireAnswer {
	readonly status: number;
	/** Lower-case names; a repeated header keeps its first value. */
	readonly headers: Readonly<Record<string, string>>;
}

export type TextAnswer = WireAnswer & { readonly text: string };

export interface Transport {
	/** Whether the API is on this machine; only then may its links lead to this machine. */
	readonly isLocal: boolean;
	/** The whole answer as text. @throws {WireError} where there was none. */
	fetchText(request: WireRequest): Promise<TextAnswer>;
	/** The answer's head, and its body as it comes in, for links: their query is never shown. Stopping to read ends the request. @throws {WireError} */
	openStream(
		request: WireRequest,
	): Promise<WireAnswer & { body: AsyncIterable<Uint8Array> }>;
	/**
	 * Sends a file to a link, whose query is never shown. Silence on the way counts as no answer.
	 * @throws {WireError}, what reading the body throws @throws {Failure} `bad_response` for a link that is not https
	 */
	putFile(put: FilePut): Promise<TextAnswer>;
	/** Lets the connections go, so that the process can end. */
	close(): Promise<void>;
}

export interface TransportOptions extends SendOptions {
	readonly env: Readonly<Record<string, string | undefined>>;
	/** The API is elsewhere: its links must not lead to this machine. */
	readonly isRemote?: boolean | undefined;
	/** For tests: the lowest dispatcher, in the place of real sockets. */
	readonly dispatcher?: Dispatcher | undefined;
	/** For tests: shorter ones than the service's. */
	readonly timeouts?: Partial<Timeouts> | undefined;
}

export type Timeouts = Readonly<Record<keyof typeof service.timeouts, number>>;

/**
 * HTTP by undici's `request` on one dispatcher: keep-alive, proxies by environment, time-outs for
 * connecting, for the head of an answer and for silence in its body. Nothing is sent again and no
 * redirect is followed down here: who buys must know about each request.
 */
export async function createTransport(
	options: TransportOptions,
): Promise<Transport> {
	const timeouts = { ...service.timeouts, ...options.timeouts };
	const isLocal = options.isRemote !== true;
	const dispatcher =
		options.dispatcher ??
		(await createDispatcher(options.env, timeouts.connectMs));
	const send = await createSend(dispatcher, timeouts.headersMs, options);

	return {
		isLocal,
		async fetchText(wire) {
			const { answerMs, bodyMs } = timeouts;
			const limit = startLimit(wire.signal, answerMs, () =>
				tooSlow(new URL(wire.url).host, answerMs),
			);
			try {
				const { signal } = limit;
				return await readAnswer(
					await send({ ...wire, isLink: false, signal }, bodyMs),
				);
			} finally {
				limit.end();
			}
		},
		async openStream(wire) {
			const { host: _, ...answer } = await send(
				{ ...wire, isLink: true },
				timeouts.stallMs,
			);
			return answer;
		},
		async putFile({ url, contentType, sizeBytes, body, signal, onSent }) {
			const file = countBytes(body, onSent);
			const wire: SendRequest = {
				method: "PUT",
				url: checkLink(url, "the upload's link", isLocal).href,
				isLink: true,
				headers: {
					"content-type": contentType,
					"content-length": String(sizeBytes),
				},
				body: file.bytes,
				signal,
			};
			try {
				return await readAnswer(await send(wire, timeouts.bodyMs));
			} catch (error) {
				signal?.throwIfAborted();
				// What stopped the reading is the reason, not how the connection ended for it.
				throw file.readError() ?? error;
			}
		},
		async close() {
			// Not `close()`, which would wait for answers that nobody reads any more.
			await dispatcher.destroy();
		},
	};
}

type Send = Awaited<ReturnType<typeof createSend>>;

async function readAnswer({
	body,
	host,
	...head
}: Awaited<ReturnType<Send>>): Promise<TextAnswer> {
	return { ...head, text: await readText(body, head.headers, host) };
}

/** The bytes of a file, counted when the connection has taken them, and what kept them from being read. */
function countBytes(
	body: AsyncIterable<Uint8Array>,
	onSent: FilePut["onSent"],
): { readonly bytes: AsyncIterable<Uint8Array>; readError(): unknown } {
	let readError: unknown;
	async function* read() {
		let sentBytes = 0;
		try {
			for await (const chunk of body) {
				yield chunk;
				sentBytes += chunk.length;
				onSent?.(sentBytes);
			}
		} catch (error) {
			readError = error;
			throw error;
		}
	}
	return { bytes: read(), readError: () => readError };
}

function tooSlow(host: string, afterMs: number): WireError {
	return new WireError(
		`no whole answer within ${Math.round(afterMs / 1_000)} s: ${host}`,
		true,
		undefined,
	);
}
