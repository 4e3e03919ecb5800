import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { proxyFor } from "./dispatcher.ts";
import { toWireError } from "./wire-error.ts";

/** One request as `--verbose` shows it. */
export interface Exchange {
	readonly method: string;
	/** Without the query where that is a secret. */
	readonly url: string;
	/** Status of the answer, or what went wrong. */
	readonly outcome: string;
	readonly durationMs: number;
}

export interface SendOptions {
	readonly userAgent: string;
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly onExchange?: ((exchange: Exchange) => void) | undefined;
}

export interface SendRequest {
	readonly method: "GET" | "POST" | "PUT";
	readonly url: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string | AsyncIterable<Uint8Array>;
	readonly signal?: AbortSignal | undefined;
}

/** What makes one request and tells of it, as `show` writes its address. It throws WireError where there is no answer. */
export async function createSend(
	dispatcher: Dispatcher,
	headersTimeout: number,
	{ userAgent, env, onExchange }: SendOptions,
) {
	const { request } = await import("undici");
	return async (
		wire: SendRequest,
		bodyTimeout: number,
		show: (url: URL) => string,
	) => {
		const { method, signal } = wire;
		const url = new URL(wire.url);
		const startedAt = performance.now();
		const log = (outcome: string) => {
			const durationMs = performance.now() - startedAt;
			onExchange?.({ method, url: show(url), outcome, durationMs });
		};
		try {
			const { statusCode, headers, body } = await request(url, {
				dispatcher,
				method,
				headers: {
					"user-agent": userAgent,
					// Lengths and ranges are then those of the thing itself.
					"accept-encoding": "identity",
					...wire.headers,
				},
				// undici takes any iterable; its types know of Node's streams only.
				body: (wire.body as string | Readable | undefined) ?? null,
				signal: signal ?? null,
				headersTimeout,
				bodyTimeout,
			});
			log(String(statusCode));
			return {
				status: statusCode,
				headers: firstValues(headers),
				body: readChunks(body, url.host, signal),
				host: url.host,
			};
		} catch (error) {
			signal?.throwIfAborted();
			const failure = toWireError(error, url.host, proxyFor(url, env));
			log(failure.message);
			throw failure;
		}
	};
}

export function showUrl({ protocol, host, pathname, search }: URL): string {
	return `${protocol}//${host}${pathname}${search}`;
}

/** Presigned links carry their secret in the query. */
export function showLink({ protocol, host, pathname, search }: URL): string {
	return `${protocol}//${host}${pathname}${search && "?…"}`;
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
		[value].flat()[0] ?? "",
	]);
	return Object.fromEntries(entries);
}
