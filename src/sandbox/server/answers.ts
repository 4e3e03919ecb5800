import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Effect } from "../faults/effects.ts";
import { Problem } from "./problems.ts";

/** What goes back on the wire: a status, headers and the whole body. */
export interface Answer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: Buffer;
}

export function json(
	status: number,
	value: unknown,
	headers: Answer["headers"] = {},
): Answer {
	return {
		status,
		headers: { "content-type": "application/json", ...headers },
		body: Buffer.from(JSON.stringify(value)),
	};
}

/** A page as a proxy or CDN writes it in place of the service (met in official code). */
export function htmlPage(status: number): Answer {
	const title = status === 200 ? "Please wait" : `${status} Bad Gateway`;
	return {
		status,
		headers: { "content-type": "text/html; charset=utf-8" },
		body: Buffer.from(
			`<!DOCTYPE html>\n<html><head><title>${title}</title></head>\n<body><center><h1>${title}</h1></center><hr><center>cloud-proxy</center></body></html>\n`,
		),
	};
}

/** An error as S3 and its like write it. */
export function storageError(
	status: number,
	code: string,
	message: string,
	headers: Answer["headers"] = {},
): Answer {
	const text = message.replace(/[<>&]/g, (mark) => `&#${mark.charCodeAt(0)};`);
	return {
		status,
		headers: { "content-type": "application/xml", ...headers },
		body: Buffer.from(
			`<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${text}</Message></Error>`,
		),
	};
}

/** Does to the connection what was decided. Returns the status that was sent, 0 for none. */
export function sendEffect(effect: Effect, response: ServerResponse): number {
	switch (effect.kind) {
		case "answer":
			writeHead(effect.answer, response);
			response.end(effect.answer.body);
			return effect.answer.status;
		case "cut":
			writeHead(effect.answer, response);
			writeHalf(effect.answer.body, response, () => response.destroy());
			return effect.answer.status;
		case "reset":
			// A real RST: the client sees a connection that was reset, not one that was closed in order.
			response.socket?.resetAndDestroy();
			return 0;
		case "hang":
			return 0;
		default:
			return effect satisfies never;
	}
}

/** Sends the first half of a body and says when it has left. */
export function writeHalf(
	body: Buffer,
	response: ServerResponse,
	then: () => void,
): void {
	response.write(body.subarray(0, Math.ceil(body.length / 2)), () =>
		// The head and the half are with the system by now; a turn later they are on their way.
		setImmediate(then),
	);
}

export function writeHead(
	{ status, headers, body }: Answer,
	response: ServerResponse,
	options: { readonly withoutLength?: boolean } = {},
): void {
	response.writeHead(status, {
		...headers,
		// Says what a client talks to; the service does not send it.
		"x-flux-ultra-sandbox": "1",
		...(!options.withoutLength && { "content-length": String(body.length) }),
	});
}

/**
 * The whole body of a request.
 * @throws {Problem} 413 where it is longer than `maxBytes`
 */
export async function readBody(
	request: IncomingMessage,
	maxBytes: number,
): Promise<Buffer> {
	const chunks: Buffer[] = [];
	let length = 0;
	for await (const chunk of request as AsyncIterable<Buffer>) {
		length += chunk.length;
		// What is too much is read to its end and dropped, so that the answer finds a client that listens.
		if (length <= maxBytes) chunks.push(chunk);
		else chunks.length = 0;
	}
	if (length > maxBytes) throw new Problem("PAYLOAD_TOO_LARGE");
	return Buffer.concat(chunks);
}

/** Resolves later, without keeping the process alive. */
export function pause(ms: number): Promise<void> {
	return sleep(ms, undefined, { ref: false });
}
