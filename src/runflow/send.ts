import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { systemClock } from "../runtime.ts";
import { type RecordExchange, recordBody } from "./recorder.ts";
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
	readonly onExchange?: ((exchange: Exchange) => void) | undefined;
	readonly record?: RecordExchange | undefined;
}

export interface SendRequest {
	readonly method: "GET" | "POST" | "PUT";
	readonly url: string;
	/** Presigned: its query is a secret. */
	readonly isLink: boolean;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string | AsyncIterable<Uint8Array>;
	readonly signal?: AbortSignal | undefined;
}

/** What makes one request and tells of it. It throws WireError where there is no answer. */
export async function createSend(
	dispatcher: Dispatcher,
	headersTimeout: number,
	{ userAgent, onExchange, record }: SendOptions,
) {
	const { request } = await import("./undici.ts");
	return async (wire: SendRequest, bodyTimeout: number) => {
		const { method, isLink, signal } = wire;
		const url = new URL(wire.url);
		const headers = {
			"user-agent": userAgent,
			// Lengths and ranges are then those of the thing itself.
			"accept-encoding": "identity",
			...wire.headers,
		};
		const startedAtMs = systemClock.elapsed();
		const log = (outcome: string) => {
			const durationMs = systemClock.elapsed() - startedAtMs;
			onExchange?.({ method, url: showUrl(url, isLink), outcome, durationMs });
		};
		const body = typeof wire.body === "string" ? wire.body : undefined;
		const recorder = record?.({ method, url, isLink, headers, body });
		try {
			const answer = await request.call(dispatcher, {
				origin: url.origin,
				path: url.pathname + url.search,
				method,
				headers,
				// undici takes any iterable; its types know of Node's streams only.
				body: (wire.body as string | Readable | undefined) ?? null,
				signal: signal ?? null,
				headersTimeout,
				bodyTimeout,
			});
			const { statusCode: status, statusText } = answer;
			log(String(status));
			recorder?.answered({ status, statusText, headers: answer.headers });
			return {
				status,
				headers: firstValues(answer.headers),
				body: readChunks(
					recordBody(answer.body, recorder, signal),
					url.host,
					signal,
				),
				host: url.host,
			};
		} catch (error) {
			const failure = toWireError(error, url.host);
			if (signal?.aborted) recorder?.left();
			else recorder?.ended(failure.message);
			log(signal?.aborted ? `left: ${reasonOf(signal)}` : failure.message);
			signal?.throwIfAborted();
			throw failure;
		}
	};
}

function reasonOf({ reason }: AbortSignal): string {
	return reason instanceof Error ? reason.message : String(reason);
}

function showUrl(
	{ protocol, host, pathname, search }: URL,
	isLink: boolean,
): string {
	return `${protocol}//${host}${pathname}${isLink ? search && "?…" : search}`;
}

async function* readChunks(
	body: AsyncIterable<Uint8Array>,
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
