import {
	createServer,
	type IncomingMessage,
	type Server,
	type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { Failure, systemCode } from "../errors.ts";
import type { Clock } from "../runtime.ts";
import { type ListenAddress, showAddress } from "./address.ts";
import { answerTo } from "./answer.ts";
import { createComplaints } from "./complaints.ts";
import { createInbox, type Hints } from "./inbox.ts";

export interface ListenOptions {
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

/** A server that hears by the service's callbacks which runs have ended. */
export interface Listener extends Hints {
	/** As it was opened, with the port that was free: `http://127.0.0.1:8080`. */
	readonly url: string;
	readonly port: number;
	/** Ends at once, with every connection; nothing is told any more, and nothing keeps the process alive. */
	close(): Promise<void>;
}

/** "A few seconds" is all that the service waits for an answer (D), so nobody honest takes longer. */
const requestMs = 10_000;
/** The service calls back some times a second at most; the rest is for those who hold connections open. */
const mostConnections = 256;

/**
 * Listens for callbacks: POST on any path. One that is signed and can be read is answered 204 before anything is done with it, and its
 * run is told once. A wrong or missing signature is answered 401, what cannot be read 400: nothing comes of it but a note. GET answers a
 * line of text, so that a tunnel can be tried with curl.
 * @throws {Failure} `usage` where the address cannot be listened on
 */
export async function listen(options: ListenOptions): Promise<Listener> {
	const inbox = createInbox();
	const complaints = createComplaints(options.note, options.clock);
	let isClosed = false;

	async function answer(request: IncomingMessage, response: ServerResponse) {
		const { secret, secretCommand } = options;
		const needs = { secret, secretCommand, complaints };
		const { status, text, runId } = await answerTo(request, needs);
		if (isClosed) return;
		response.writeHead(status, {
			...(text && { "content-type": "text/plain; charset=utf-8" }),
			...(status === 405 && { allow: "GET, HEAD, POST" }),
		});
		response.end(text && `${text}\n`);
		// The service counts the seconds to its answer, and sends again what gets none.
		if (runId !== undefined) inbox.put(runId);
	}

	const allowedMs = options.requestMs ?? requestMs;
	const server = createServer(
		{
			requestTimeout: allowedMs,
			headersTimeout: allowedMs,
			connectionsCheckingInterval: Math.min(allowedMs, 1_000),
		},
		(request, response) => void answer(request, response),
	);
	server.maxConnections = mostConnections;
	const port = await open(server, options.address);
	server.on("error", ({ message }) =>
		options.note(`a callback could not be taken: ${message}`),
	);
	return {
		url: `http://${showAddress({ ...options.address, port })}`,
		port,
		onHint: inbox.onHint,
		close() {
			isClosed = true;
			complaints.end();
			return new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			});
		},
	};
}

/** The port that it listens on. */
async function open(server: Server, address: ListenAddress): Promise<number> {
	await new Promise<void>((resolve, reject) => {
		const refuse = (error: unknown) => reject(explain(error, address));
		server.once("error", refuse);
		server.listen(address.port, address.host, () => {
			server.off("error", refuse);
			resolve();
		});
	});
	return (server.address() as AddressInfo).port;
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
const ownAddress =
	"name an address of this machine: 127.0.0.1, or 0.0.0.0 for all that it has";

const refusals: Readonly<Record<string, readonly [string, string]>> = {
	EADDRINUSE: ["is in use", anotherPort],
	EACCES: ["is not allowed", anotherPort],
	EADDRNOTAVAIL: ["is no address of this machine", ownAddress],
	ENOTFOUND: ["is no address of this machine", ownAddress],
	EAI_AGAIN: ["is no address of this machine", ownAddress],
};
