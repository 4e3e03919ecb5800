import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answer } from "./answers.ts";
import type { Effect } from "./effects.ts";
import { problems } from "./problems.ts";

/** Says what a client talks to; the service does not send it. */
const sandboxHeader = { "x-flux-ultra-sandbox": "1" };

/** Does to the connection what was decided. Returns the status that was sent, 0 for none. */
export function carryOut(effect: Effect, response: ServerResponse): number {
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
		...sandboxHeader,
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
	if (length > maxBytes) throw problems.tooLarge();
	return Buffer.concat(chunks);
}

/** Resolves later, without keeping the process alive. */
export function pause(ms: number): Promise<void> {
	return new Promise((resolve) => {
		setTimeout(resolve, ms).unref();
	});
}
