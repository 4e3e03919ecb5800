import type { IncomingMessage, RequestListener } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Exchange } from "../../src/runflow/send.ts";
import {
	createTransport,
	type FilePut,
	type Timeouts,
} from "../../src/runflow/transport.ts";
import { localServer } from "../local-server.ts";
import { wireErrorOf } from "./wire-error-of.ts";

const piece = Buffer.alloc(64 * 1024, 7);

async function* pieces(count: number): AsyncGenerator<Uint8Array> {
	for (let at = 0; at < count; at += 1) yield piece;
}

/** Sends a file of so many pieces to a server that answers like this. */
async function put(
	listener: RequestListener,
	count: number,
	own: Partial<FilePut> = {},
	timeouts?: Partial<Timeouts>,
) {
	const { url, requests } = await localServer(listener);
	const exchanges: Exchange[] = [];
	const transport = await createTransport({
		userAgent: "flux-ultra/0.0.0",
		env: {},
		onExchange: (exchange) => exchanges.push(exchange),
		timeouts,
	});
	onTestFinished(() => transport.close());
	const answer = transport.putFile({
		url: `${url}/uploads/1?signature=secret`,
		contentType: "image/png",
		sizeBytes: count * piece.length,
		body: pieces(count),
		...own,
	});
	answer.catch(() => {});
	return { answer, requests, exchanges, url };
}

async function receive(request: IncomingMessage): Promise<number> {
	let received = 0;
	for await (const chunk of request) received += chunk.length;
	return received;
}

test("a file arrives with its length and its type, and without any key", async () => {
	let received = 0;
	const { answer, requests, url } = await put(async (request, response) => {
		received = await receive(request);
		response.writeHead(201, { etag: '"1"' }).end("<ok/>");
	}, 40);
	expect(await answer).toMatchObject({
		status: 201,
		headers: { etag: '"1"' },
		text: "<ok/>",
	});
	expect(received).toBe(40 * piece.length);
	const [{ method, headers } = {}] = requests;
	expect({ method, headers }).toEqual({
		method: "PUT",
		headers: {
			host: new URL(url).host,
			connection: "keep-alive",
			"user-agent": "flux-ultra/0.0.0",
			"accept-encoding": "identity",
			"content-type": "image/png",
			"content-length": String(40 * piece.length),
		},
	});
});

test("what has left is told on the way, up to the whole", async () => {
	const told: number[] = [];
	const { answer } = await put(
		async (request, response) => {
			await receive(request);
			response.end();
		},
		3,
		{ onSent: (sentBytes) => told.push(sentBytes) },
	);
	await answer;
	expect(told).toEqual([1, 2, 3].map((count) => count * piece.length));
});

test("a body is read only as fast as it is taken", async () => {
	const controller = new AbortController();
	let received = 0;
	let mostAhead = 0;
	const { answer } = await put(
		async (request) => {
			for await (const chunk of request) {
				received += chunk.length;
				if (received > 100 * piece.length) break;
			}
			controller.abort(new Error("enough"));
		},
		1_600,
		{
			onSent: (sent) => {
				mostAhead = Math.max(mostAhead, sent - received);
			},
			signal: controller.signal,
		},
	);
	await expect(answer).rejects.toThrow("enough");
	expect(received).toBeGreaterThan(100 * piece.length);
	expect(mostAhead).toBeLessThan(800 * piece.length);
});

test("a refusal that comes before the whole file was sent is heard", async () => {
	const { answer } = await put((_request, response) => {
		response.writeHead(403).end("<Code>AccessDenied</Code>");
	}, 800);
	expect(await answer).toMatchObject({
		status: 403,
		text: "<Code>AccessDenied</Code>",
	});
});

test("a redirect is an answer like any other", async () => {
	const { answer, requests } = await put(async (request, response) => {
		await receive(request);
		response.writeHead(307, { location: "/elsewhere" }).end();
	}, 1);
	expect((await answer).status).toBe(307);
	expect(requests).toHaveLength(1);
});

describe("no answer", () => {
	test("a connection that is reset in the middle", async () => {
		const { answer, url } = await put((request) => {
			request.once("data", () => request.socket.resetAndDestroy());
		}, 800);
		const { message, mayHaveArrived } = await wireErrorOf(answer);
		expect(message).toContain(new URL(url).host);
		expect(mayHaveArrived).toBe(true);
	});

	const short = { connectMs: 5_000, bodyMs: 5_000, stallMs: 5_000 };

	test.each([
		["after the last byte", 1],
		["in the middle, because nobody takes more", 800],
	])("silence %s", async (_where, count) => {
		const timeouts = { ...short, headersMs: 50 };
		const { answer, url } = await put(() => {}, count, {}, timeouts);
		expect((await wireErrorOf(answer)).message).toBe(
			`no answer in time: ${new URL(url).host}`,
		);
	});

	test("an interrupt ends it with its own reason, and lets go of the file", async () => {
		const controller = new AbortController();
		const reason = new Error("stopped by the user");
		let isClosed = false;
		async function* body() {
			try {
				yield piece;
				yield piece;
				yield* pieces(800);
			} finally {
				isClosed = true;
			}
		}
		const { answer } = await put(
			(request) => request.once("data", () => controller.abort(reason)),
			802,
			{ body: body(), signal: controller.signal },
		);
		await expect(answer).rejects.toBe(reason);
		await expect.poll(() => isClosed).toBe(true);
	});

	test("a file that cannot be read to its end is the reason itself", async () => {
		const reason = new Error("the disk reports an error");
		async function* body() {
			yield* pieces(3);
			throw reason;
		}
		const { answer, exchanges } = await put(() => {}, 4, { body: body() });
		await expect(answer).rejects.toBe(reason);
		expect(exchanges).toHaveLength(1);
	});
});

test("the secret of the link is not told", async () => {
	const { answer, exchanges, url } = await put(async (request, response) => {
		await receive(request);
		response.end();
	}, 1);
	await answer;
	expect(exchanges).toEqual([
		{
			method: "PUT",
			url: `${url}/uploads/1?…`,
			outcome: "200",
			durationMs: expect.any(Number),
		},
	]);
});

test.each([
	["http://storage.test/a?signature=secret", "http://storage.test"],
	["ftp://storage.test/a", "ftp://storage.test"],
	["uploads/1", "unreadable"],
])("a file goes to https only, not to %s", async (link, shown) => {
	const { answer, exchanges } = await put(() => {}, 1, { url: link });
	await expect(answer).rejects.toMatchObject({
		code: "bad_response",
		message: `the upload's link is not https: ${shown}`,
	});
	expect(exchanges).toEqual([]);
});
