import { randomBytes } from "node:crypto";
import dns from "node:dns";
import { once } from "node:events";
import type { IncomingMessage, RequestListener } from "node:http";
import { createServer } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Exchange } from "../../src/runflow/send.ts";
import { service } from "../../src/runflow/service.ts";
import {
	createTransport,
	type Transport,
	type TransportOptions,
} from "../../src/runflow/transport.ts";
import { localServer } from "../local-server.ts";
import { wireErrorOf } from "./wire-error-of.ts";

interface Traffic {
	readonly transport: Transport;
	readonly exchanges: Exchange[];
}

/** A transport on real sockets, and what it tells of its requests. */
async function open(options: Partial<TransportOptions> = {}): Promise<Traffic> {
	const exchanges: Exchange[] = [];
	const transport = await createTransport({
		userAgent: "flux-ultra/0.0.0",
		env: {},
		onExchange: (exchange) => exchanges.push(exchange),
		...options,
	});
	onTestFinished(() => transport.close());
	return { transport, exchanges };
}

async function readAll(body: AsyncIterable<Uint8Array>): Promise<string> {
	const chunks: Uint8Array[] = [];
	for await (const chunk of body) chunks.push(chunk);
	return Buffer.concat(chunks).toString();
}

async function receive(request: IncomingMessage): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk);
	return Buffer.concat(chunks);
}

describe("a request", () => {
	test("arrives with its bytes, its headers and who we are, and nothing of ours beside", async () => {
		let body: Buffer | undefined;
		const { url, requests } = await localServer(async (request, response) => {
			body = await receive(request);
			response.end();
		});
		const { transport } = await open();
		const text = '{"prompt":"a gärden 桜",  "seed":1}';
		await transport.fetchText({
			method: "POST",
			url: `${url}/v1/runs?a=1`,
			headers: { "idempotency-key": "ref-1" },
			body: text,
		});
		expect(body?.toString()).toBe(text);
		const { method, url: path, headers } = requests[0] as IncomingMessage;
		expect({ method, path, headers }).toEqual({
			method: "POST",
			path: "/v1/runs?a=1",
			headers: {
				host: new URL(url).host,
				connection: "keep-alive",
				"user-agent": "flux-ultra/0.0.0",
				"accept-encoding": "identity",
				"idempotency-key": "ref-1",
				"content-length": String(Buffer.byteLength(text)),
			},
		});
	});

	test("uses the connection of the one before", async () => {
		const { url, server } = await localServer((_request, response) => {
			response.end("ok");
		});
		let connections = 0;
		server.on("connection", () => {
			connections += 1;
		});
		const { transport } = await open();
		for (const _ of [1, 2, 3]) {
			await transport.fetchText({ method: "GET", url });
			// The connection is free a moment after the body has ended.
			await new Promise(setImmediate);
		}
		expect(connections).toBe(1);
	});

	test("is never made again and never follows a redirect by itself", async () => {
		const { url, requests } = await localServer((request, response) => {
			const status = request.url === "/moved" ? 302 : 503;
			response.writeHead(status, { location: "/elsewhere" }).end();
		});
		const { transport } = await open();
		const answers = [
			await transport.fetchText({ method: "GET", url: `${url}/moved` }),
			await transport.fetchText({ method: "GET", url: `${url}/broken` }),
		];
		expect(answers.map(({ status }) => status)).toEqual([302, 503]);
		expect(requests).toHaveLength(2);
	});
});

describe("an answer", () => {
	test("has its status, its headers in lower case, and of a repeated one the first value", async () => {
		const { url } = await localServer((_request, response) => {
			response.writeHead(207, [
				["X-Request-ID", "first"],
				["X-Request-ID", "second"],
				["Content-Type", "text/plain"],
			]);
			response.end("grüße");
		});
		const { transport } = await open();
		const answer = await transport.fetchText({ method: "GET", url });
		expect(answer).toMatchObject({
			status: 207,
			headers: { "x-request-id": "first", "content-type": "text/plain" },
			text: "grüße",
		});
	});

	test("can be read as it comes in", async () => {
		const { url } = await localServer((_request, response) => {
			response.write("one ");
			setImmediate(() => response.end("two"));
		});
		const { transport } = await open();
		const { status, body } = await transport.openStream({ method: "GET", url });
		expect([status, await readAll(body)]).toEqual([200, "one two"]);
	});

	test("that is larger than any of the API's is not read to its end", async () => {
		const megabyte = Buffer.alloc(1024 * 1024, "x");
		let sent = 0;
		const { url } = await localServer((_request, response) => {
			const more = () => {
				while (sent < 64) {
					sent += 1;
					if (!response.write(megabyte)) return;
				}
				response.end();
			};
			response.on("drain", more);
			more();
		});
		const { transport } = await open();
		const sent32 = service.maxAnswerBytes;
		const error = await wireErrorOf(
			transport.fetchText({ method: "GET", url }),
		);
		expect({ ...error, message: error.message }).toMatchObject({
			message: `the answer is larger than ${sent32} bytes: ${new URL(url).host}`,
			mayHaveArrived: true,
		});
		expect(sent).toBeLessThan(64);
	});
});

/** How a POST without a whole answer ends: in words without the host, and whether it may have arrived. */
async function failedPost(
	url: string,
	options: Partial<TransportOptions> = {},
) {
	const { transport } = await open(options);
	const { message, mayHaveArrived } = await wireErrorOf(
		transport.fetchText({ method: "POST", url, body: "{}" }),
	);
	return [message.replace(`: ${new URL(url).host}`, ""), mayHaveArrived];
}

const long = {
	connectMs: 10_000,
	headersMs: 10_000,
	bodyMs: 10_000,
	stallMs: 10_000,
};

describe("a request without an answer", () => {
	test("nobody listens: it cannot have arrived", async () => {
		const { url, server } = await localServer(() => {});
		server.close();
		await once(server, "close");
		const { transport, exchanges } = await open();
		const error = await wireErrorOf(
			transport.fetchText({ method: "POST", url, body: "{}" }),
		);
		const { host } = new URL(url);
		expect([error.message, error.mayHaveArrived]).toEqual([
			`connection refused: ${host}`,
			false,
		]);
		expect(exchanges).toMatchObject([
			{ method: "POST", outcome: `connection refused: ${host}` },
		]);
	});

	test("a host name that nobody knows: it cannot have arrived", async () => {
		const unknown = Object.assign(new Error(), {
			code: "ENOTFOUND",
			syscall: "getaddrinfo",
		});
		const lookup = vi
			.spyOn(dns, "lookup")
			.mockImplementation((...all: unknown[]) =>
				(all.at(-1) as (error: Error) => void)(unknown),
			);
		onTestFinished(() => lookup.mockRestore());
		expect(await failedPost("https://host.invalid/")).toEqual([
			"host name not found",
			false,
		]);
	});

	test.each<[string, RequestListener, string]>([
		[
			"reset",
			(request) => request.socket.resetAndDestroy(),
			"connection reset",
		],
		[
			"closed",
			(request) => request.socket.end(),
			"connection closed without an answer",
		],
	])(
		"the connection is %s after the request: it may have arrived",
		async (_how, listener, words) => {
			const { url } = await localServer(listener);
			expect(await failedPost(url)).toEqual([words, true]);
		},
	);

	test("what comes is not HTTP: it may have arrived", async () => {
		const server = createServer((socket) => {
			socket.on("error", () => {});
			socket.end("SSH-2.0-OpenSSH_9.6\r\n");
		});
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		onTestFinished(() => void server.close());
		const { port } = server.address() as { port: number };
		const [, mayHaveArrived] = await failedPost(`http://127.0.0.1:${port}`);
		expect(mayHaveArrived).toBe(true);
	});

	test("https is asked of a server that speaks none", async () => {
		const { url } = await localServer(() => {});
		const [message] = await failedPost(url.replace("http", "https"));
		expect(message).toMatch(/ERR_SSL_\w+/);
	});

	test("no head of an answer comes in time", async () => {
		const { url } = await localServer(() => {});
		const timeouts = { ...long, headersMs: 50 };
		expect(await failedPost(url, { timeouts })).toEqual([
			"no answer in time",
			true,
		]);
	});

	test("the answer stops half-way", async () => {
		const { url } = await localServer((_request, response) => {
			response.writeHead(201, { "content-length": 100 }).write("half");
		});
		const timeouts = { ...long, bodyMs: 50 };
		expect(await failedPost(url, { timeouts })).toEqual([
			"the answer stopped half-way",
			true,
		]);
	});

	test("a download stalls", async () => {
		const { url } = await localServer((_request, response) => {
			response.writeHead(200, { "content-length": 100 }).write("half");
		});
		const { transport } = await open({ timeouts: { ...long, stallMs: 50 } });
		const { body } = await transport.openStream({ method: "GET", url });
		const error = await wireErrorOf(readAll(body));
		expect(error.message).toBe(
			`the answer stopped half-way: ${new URL(url).host}`,
		);
	});

	test("the answer is cut off", async () => {
		const { url } = await localServer((request, response) => {
			response.writeHead(201, { "content-length": 100 }).write("half", () => {
				request.socket.destroy();
			});
		});
		const [, mayHaveArrived] = await failedPost(url);
		expect(mayHaveArrived).toBe(true);
	});
});

describe("an interrupt", () => {
	const reason = new Error("stopped by the user");

	test("before the request sends nothing", async () => {
		const { url, requests } = await localServer(() => {});
		const { transport } = await open();
		const signal = AbortSignal.abort(reason);
		await expect(
			transport.fetchText({ method: "GET", url, signal }),
		).rejects.toBe(reason);
		expect(requests).toHaveLength(0);
	});

	test("while the answer is waited for ends the request with its own reason", async () => {
		const controller = new AbortController();
		const { url } = await localServer(() => controller.abort(reason));
		const { transport } = await open();
		await expect(
			transport.fetchText({ method: "GET", url, signal: controller.signal }),
		).rejects.toBe(reason);
	});

	test("inside the body ends it with its own reason", async () => {
		const controller = new AbortController();
		const { url } = await localServer((_request, response) => {
			response.writeHead(200, { "content-length": 100 }).write("half");
		});
		const { transport } = await open();
		const { body } = await transport.openStream({
			method: "GET",
			url,
			signal: controller.signal,
		});
		const reading = (async () => {
			for await (const _ of body) controller.abort(reason);
		})();
		await expect(reading).rejects.toBe(reason);
	});
});

describe("what is told of each request", () => {
	test("is method, address, outcome and time", async () => {
		const { url } = await localServer((_request, response) => {
			response.writeHead(404).end();
		});
		const { transport, exchanges } = await open();
		await transport.fetchText({
			method: "GET",
			url: `${url}/v1/runs/1?add_signature=true`,
			headers: { authorization: "Bearer rf_live_secret" },
		});
		expect(exchanges).toEqual([
			{
				method: "GET",
				url: `${url}/v1/runs/1?add_signature=true`,
				outcome: "404",
				durationMs: expect.any(Number),
			},
		]);
	});

	test("is also why one was left: by its limit, or at an interrupt", async () => {
		const interrupt = new AbortController();
		const { url } = await localServer(({ url }) => {
			if (url === "/left") interrupt.abort(new Error("stopped by SIGINT"));
		});
		const late = await open({ timeouts: { answerMs: 1 } });
		const left = await open();
		const { signal } = interrupt;
		const method = "GET";
		await expect(
			late.transport.fetchText({ method, url: `${url}/late` }),
		).rejects.toThrow("no whole answer");
		await expect(
			left.transport.fetchText({ method, url: `${url}/left`, signal }),
		).rejects.toThrow("SIGINT");
		const outcomes = [late, left].map(({ exchanges }) => exchanges[0]?.outcome);
		expect(outcomes).toEqual([
			`left: no whole answer within 0 s: ${new URL(url).host}`,
			"left: stopped by SIGINT",
		]);
	});

	test.each([
		"/image.jpg?X-Amz-Signature=abc",
		"/v1/runs/image.jpg?X-Amz-Signature=abc",
		"/v1/models/x.png?sig=abc",
	])("never has the secret of a link: %s", async (path) => {
		const { url } = await localServer((_request, response) => {
			response.end("image");
		});
		const { transport, exchanges } = await open();
		const { body } = await transport.openStream({
			method: "GET",
			url: url.replace("//", "//user:password@") + path,
		});
		await readAll(body);
		expect(exchanges.map((exchange) => exchange.url)).toEqual([
			`${url}${path.replace(/\?.*/, "?…")}`,
		]);
	});
});

test("close lets go of connections that still stand, and of answers that nobody reads", async () => {
	const { url, server } = await localServer((_request, response) => {
		response.writeHead(200, { "content-length": 100 }).write("half");
	});
	const closed = new Promise((resolve) =>
		server.on("connection", (socket) => socket.on("close", resolve)),
	);
	const transport = await createTransport({ userAgent: "x", env: {} });
	await transport.openStream({ method: "GET", url });
	await transport.close();
	await closed;
});

describe("an answer that is packed although nobody asked for it", () => {
	const text = JSON.stringify({ id: "run-1", prompt: "ä".repeat(5_000) });

	test.each([
		["gzip", gzipSync(text)],
		["x-gzip", gzipSync(text)],
		["deflate", deflateSync(text)],
		["br", brotliCompressSync(text)],
		["gzip, br", brotliCompressSync(gzipSync(text))],
		["identity", Buffer.from(text)],
	])("%s is unpacked", async (coding, bytes) => {
		const { url } = await localServer((_request, response) => {
			response.setHeader("content-encoding", coding);
			response.end(bytes);
		});
		const { transport } = await open();
		const answer = await transport.fetchText({ method: "GET", url });
		expect(answer.text).toBe(text);
	});

	test("and is not what its header says, is no answer", async () => {
		const { url } = await localServer((_request, response) => {
			response.setHeader("content-encoding", "gzip");
			response.end("not packed at all");
		});
		expect(await failedPost(url)).toEqual([
			"the answer is not packed as it says (gzip)",
			true,
		]);
	});

	test("and is cut off, is a cut", async () => {
		const { url } = await localServer((request, response) => {
			response.setHeader("content-encoding", "gzip");
			response.write(gzipSync(randomBytes(9_000)).subarray(0, 4_000), () =>
				request.socket.destroy(),
			);
		});
		expect(await failedPost(url)).toEqual([
			"connection closed without an answer",
			true,
		]);
	});
});

test("an answer that trickles has an end", async () => {
	const { url } = await localServer((_request, response) => {
		response.writeHead(200);
		const drip = setInterval(() => response.write(" "), 5);
		response.on("close", () => clearInterval(drip));
	});
	expect(await failedPost(url, { timeouts: { answerMs: 60 } })).toEqual([
		"no whole answer within 0 s",
		true,
	]);
});
