import type { Readable } from "node:stream";
import type { Dispatcher, Pool } from "undici";
import { proxiesOf, proxyFor } from "./proxies.ts";
import { service } from "./service.ts";
import { checkLink } from "./storage-link.ts";
import { startLimit } from "./time-limit.ts";
import { unpack } from "./unpack.ts";
import { toWireError, tunnelTimeout, WireError } from "./wire-error.ts";

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

/** One request as `--verbose` shows it. */
export interface Exchange {
	readonly method: string;
	/** Without the query where that is a secret. */
	readonly url: string;
	/** Status of the answer, or what went wrong. */
	readonly outcome: string;
	readonly durationMs: number;
}

export interface TransportOptions {
	readonly userAgent: string;
	/** The API is elsewhere: its links must not lead to this machine. */
	readonly isRemote?: boolean | undefined;
	/** For tests: the lowest dispatcher, in the place of real sockets. */
	readonly dispatcher?: Dispatcher | undefined;
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly onExchange?: ((exchange: Exchange) => void) | undefined;
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
	const { request, EnvHttpProxyAgent, Pool } = await import("undici");
	const timeouts = { ...service.timeouts, ...options.timeouts };
	const isLocal = options.isRemote !== true;
	const connecting = {
		timeout: timeouts.connectMs,
		autoSelectFamilyAttemptTimeout: service.addressAttemptMs,
	};
	const dispatcher =
		options.dispatcher ??
		new EnvHttpProxyAgent({
			connect: connecting,
			proxyTls: connecting,
			requestTls: connecting,
			clientFactory: (origin, proxyOptions) =>
				tunnelsInTime(
					new Pool(origin, {
						...proxyOptions,
						headersTimeout: timeouts.connectMs,
					}),
				),
			keepAliveTimeout: 10_000,
			...proxiesOf(options.env),
		});

	async function send(
		wire: Omit<WireRequest, "method" | "body"> & {
			readonly method: WireRequest["method"] | "PUT";
			readonly body?: string | AsyncIterable<Uint8Array>;
		},
		bodyTimeout: number,
		show: (url: URL) => string,
	) {
		const url = new URL(wire.url);
		const startedAt = performance.now();
		const log = (outcome: string) =>
			options.onExchange?.({
				method: wire.method,
				url: show(url),
				outcome,
				durationMs: performance.now() - startedAt,
			});
		try {
			const answer = await request(url, {
				dispatcher,
				method: wire.method,
				headers: {
					"user-agent": options.userAgent,
					// Lengths and ranges are then those of the thing itself.
					"accept-encoding": "identity",
					...wire.headers,
				},
				// undici takes any iterable; its types know of Node's streams only.
				body: (wire.body as string | Readable | undefined) ?? null,
				signal: wire.signal ?? null,
				headersTimeout: timeouts.headersMs,
				bodyTimeout,
			});
			log(String(answer.statusCode));
			return {
				status: answer.statusCode,
				headers: firstValues(answer.headers),
				body: answer.body as Readable,
				host: url.host,
			};
		} catch (error) {
			wire.signal?.throwIfAborted();
			const proxy = proxyFor(url, options.env);
			const failure = toWireError(error, url.host, proxy);
			log(failure.message);
			throw failure;
		}
	}

	return {
		isLocal,
		async fetchText(wire) {
			const limit = startLimit(wire.signal, timeouts.answerMs, () =>
				tooSlow(new URL(wire.url).host, timeouts.answerMs),
			);
			try {
				const { signal } = limit;
				const sent = await send({ ...wire, signal }, timeouts.bodyMs, showUrl);
				const { body, host, ...head } = sent;
				return { ...head, text: await readText(body, head, host, signal) };
			} finally {
				limit.end();
			}
		},
		async openStream(wire) {
			const { stallMs } = timeouts;
			const { body, host, ...head } = await send(wire, stallMs, showLink);
			return { ...head, body: readChunks(body, host, wire.signal) };
		},
		async putFile({ url, contentType, sizeBytes, body, signal, onSent }) {
			const file = watched(body, onSent);
			const wire = {
				method: "PUT",
				url: checkLink(url, "the upload's link", isLocal).href,
				headers: {
					"content-type": contentType,
					"content-length": String(sizeBytes),
				},
				body: file.bytes,
				signal,
			} as const;
			try {
				const sent = await send(wire, timeouts.bodyMs, showLink);
				const { body: answer, host, ...head } = sent;
				return { ...head, text: await readText(answer, head, host, signal) };
			} catch (error) {
				signal?.throwIfAborted();
				// What stopped the reading is the reason, not how the connection ended for it.
				throw file.trouble() ?? error;
			}
		},
		async close() {
			// Not `close()`, which would wait for answers that nobody reads any more.
			await dispatcher.destroy();
		},
	};
}

/** The bytes of a file, counted when the connection has taken them, and what kept them from being read. */
function watched(
	body: AsyncIterable<Uint8Array>,
	onSent: FilePut["onSent"],
): { readonly bytes: AsyncIterable<Uint8Array>; trouble(): unknown } {
	let trouble: unknown;
	async function* read() {
		let sentBytes = 0;
		try {
			for await (const chunk of body) {
				yield chunk;
				sentBytes += chunk.length;
				onSent?.(sentBytes);
			}
		} catch (error) {
			trouble = error;
			throw error;
		}
	}
	return { bytes: read(), trouble: () => trouble };
}

function showUrl({ protocol, host, pathname, search }: URL): string {
	return `${protocol}//${host}${pathname}${search}`;
}

/** Presigned links carry their secret in the query. */
function showLink({ protocol, host, pathname, search }: URL): string {
	return `${protocol}//${host}${pathname}${search === "" ? "" : "?…"}`;
}

/** A pool of connections to a proxy, whose tunnels that come too late are told apart from late answers through them. */
function tunnelsInTime(pool: Pool): Pool {
	const connect = pool.connect.bind(pool);
	pool.connect = (async (wish: Parameters<typeof connect>[0]) => {
		try {
			return await connect(wish);
		} catch (error) {
			const { code } = error as { code?: unknown };
			if (code !== "UND_ERR_HEADERS_TIMEOUT") throw error;
			throw Object.assign(new Error("no tunnel in time", { cause: error }), {
				code: tunnelTimeout,
			});
		}
	}) as typeof pool.connect;
	return pool;
}

function tooSlow(host: string, afterMs: number): WireError {
	return new WireError(
		`no whole answer within ${Math.round(afterMs / 1_000)} s: ${host}`,
		true,
		undefined,
	);
}

async function readText(
	body: Readable,
	{ headers }: WireAnswer,
	host: string,
	signal: AbortSignal | undefined,
): Promise<string> {
	const chunks: Uint8Array[] = [];
	let size = 0;
	const unpacked = unpack(readChunks(body, host, signal), headers, host);
	for await (const chunk of unpacked) {
		size += chunk.length;
		if (size > service.maxAnswerBytes)
			throw new WireError(
				`the answer is larger than ${service.maxAnswerBytes} bytes: ${host}`,
				true,
				undefined,
			);
		chunks.push(chunk);
	}
	return Buffer.concat(chunks).toString("utf8");
}

async function* readChunks(
	body: Readable,
	host: string,
	signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
	try {
		yield* body;
	} catch (error) {
		signal?.throwIfAborted();
		throw toWireError(error, host);
	}
}

function firstValues(
	headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
	const entries = Object.entries(headers).map(([name, value]) => [
		name.toLowerCase(),
		(Array.isArray(value) ? value[0] : value) ?? "",
	]);
	return Object.fromEntries(entries);
}
