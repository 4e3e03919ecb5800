import { once } from "node:events";
import {
	createServer,
	type IncomingMessage,
	type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { Failure, systemCode } from "../errors.ts";
import { service } from "../runflow/service.ts";
import type { Clock } from "../runtime.ts";
import { isSigned, readCallback } from "./callback.ts";
import { createHintBuffer } from "./hints.ts";
import { type ListenAddress, showAddress } from "./listen-address.ts";
import {
	createThrottledNotes,
	type ThrottledNotes,
} from "./throttled-notes.ts";

export interface ReceiverOptions {
	readonly address: ListenAddress;
	/** What callbacks are signed with. */
	readonly secret: string;
	/** The command that makes another secret, as advice for one that does not fit. */
	readonly secretCommand: string;
	readonly clock: Pick<Clock, "now">;
	/** Tells people what was refused. */
	readonly note: (text: string) => void;
	/** How long a request may take to come in, head and body; for tests. */
	readonly requestMs?: number;
}

export type CallbackReceiver = Awaited<ReturnType<typeof startReceiver>>;

/** "A few seconds" is all that the service waits for an answer (D), so nobody honest takes longer. */
const defaultRequestMs = 10_000;
/** The service calls back some times a second at most; the rest is for those who hold connections open. */
const maxConnections = 256;

/**
 * Hears by the service's callbacks which runs have ended: POST on any path. One that is signed and can be read is answered 204 before anything is done with it, and its
 * run is told. A wrong or missing signature is answered 401, what cannot be read 400: nothing comes of it but a note. GET answers a
 * line of text, so that a tunnel can be tried with curl.
 * @throws {Failure} `usage` where the address cannot be listened on
 */
export async function startReceiver(options: ReceiverOptions) {
	const { address, requestMs = defaultRequestMs } = options;
	const hints = createHintBuffer();
	const notes = createThrottledNotes(options.note, options.clock);
	let isClosed = false;

	async function respond(request: IncomingMessage, response: ServerResponse) {
		const { status, text, runId } = await answerTo(request, options, notes);
		if (isClosed) return;
		response.writeHead(status, {
			...(text && { "content-type": "text/plain; charset=utf-8" }),
			...(status === 405 && { allow: "GET, HEAD, POST" }),
		});
		response.end(text && `${text}\n`);
		// The service counts the seconds to its answer, and sends again what gets none.
		if (runId !== undefined) hints.publish(runId);
	}

	const server = createServer({
		requestTimeout: requestMs,
		headersTimeout: requestMs,
		connectionsCheckingInterval: Math.min(requestMs, 1_000),
	});
	server.maxConnections = maxConnections;
	server.on("request", (request, response) => {
		// A sender that breaks off has nobody to be answered.
		respond(request, response).catch(() => request.destroy());
	});
	server.listen(address.port, address.host);
	await once(server, "listening").catch((error) => {
		throw explain(error, address);
	});
	server.on("error", ({ message }) =>
		options.note(`a callback could not be taken: ${message}`),
	);
	const { port } = server.address() as AddressInfo;
	return {
		/** As it was opened, with the port that was free: `http://127.0.0.1:8080`. */
		url: `http://${showAddress({ ...address, port })}`,
		subscribe: hints.subscribe,
		/** Ends at once, with every connection; nothing is told any more, and nothing keeps the process alive. */
		async close() {
			isClosed = true;
			notes.flush();
			const closed = once(server, "close");
			server.close();
			server.closeAllConnections();
			await closed;
		},
	};
}

interface Answer {
	readonly status: number;
	readonly text?: string;
	/** The run that it was about. */
	readonly runId?: string | undefined;
}

async function answerTo(
	request: IncomingMessage,
	{ secret, secretCommand }: ReceiverOptions,
	notes: ThrottledNotes,
): Promise<Answer> {
	if (request.method === "GET" || request.method === "HEAD")
		return { status: 200, text: "flux-ultra is listening for callbacks" };
	if (request.method !== "POST")
		return { status: 405, text: "callbacks come by POST" };
	const signature = request.headers[service.headers.callbackSignature];
	// Before the body is read: most of those who find an open port stop here.
	if (signature === undefined) {
		notes.add(
			"a callback without a signature was refused",
			`the service signs once the account has a secret, which ${secretCommand} --new makes`,
		);
		return { status: 401, text: "the signature is missing" };
	}
	const body = await readBody(request, service.callbacks.maxBytes);
	if (body === undefined) return { status: 413, text: "too large" };
	if (!isSigned(body, String(signature), secret)) {
		notes.add(
			"a callback with a wrong signature was refused",
			`somebody else sent it, or the secret used here is not the account's newest, which ${secretCommand} --new mends`,
		);
		return { status: 401, text: "the signature is wrong" };
	}
	const callback = readCallback(body);
	if (!("fault" in callback)) return { status: 204, runId: callback.runId };
	notes.add(`a signed callback was refused: ${callback.fault}`);
	return { status: 400, text: callback.fault };
}

/** Undefined for a body that is too large: the rest of it is not waited for, and the connection stands for the answer. */
async function readBody(
	request: IncomingMessage,
	maxBytes: number,
): Promise<Buffer | undefined> {
	const chunks: Buffer[] = [];
	let sizeBytes = 0;
	for await (const chunk of request.iterator({ destroyOnReturn: false })) {
		sizeBytes += chunk.length;
		if (sizeBytes > maxBytes) return undefined;
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}

function explain(error: unknown, address: ListenAddress): Failure {
	const code = systemCode(error) ?? "unknown error";
	const [why, hint] = refusals[code] ?? [
		`cannot be listened on (${code})`,
		"name another address",
	];
	return new Failure("usage", `--listen ${showAddress(address)} ${why}`, {
		hint,
		cause: error,
	});
}

const anotherPort = "name another port, or 0 for any that is free";
const notOurs: readonly [string, string] = [
	"is no address of this machine",
	"name an address of this machine: 127.0.0.1, or 0.0.0.0 for all that it has",
];

const refusals: Readonly<Record<string, readonly [string, string]>> = {
	EADDRINUSE: ["is in use", anotherPort],
	EACCES: ["is not allowed", anotherPort],
	EADDRNOTAVAIL: notOurs,
	ENOTFOUND: notOurs,
	EAI_AGAIN: notOurs,
};
