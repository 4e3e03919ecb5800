import type { IncomingMessage, ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import {
	createTransport,
	type Transport,
} from "../../src/runflow/transport.ts";
import { localServer } from "../local-server.ts";

export type Reply = (
	request: IncomingMessage,
	response: ServerResponse,
	storage: Storage,
) => unknown;

export interface Storage {
	readonly url: string;
	readonly requests: readonly IncomingMessage[];
	/** How many bytes the downloading side says that it has. */
	readonly noteReceived: (bytes: number) => void;
	readonly received: () => number;
	/** The headers that a download may choose, of each request. */
	readonly asked: () => readonly {
		readonly path: string | undefined;
		readonly range: string | undefined;
		readonly ifRange: string | undefined;
	}[];
}

/** A storage host on real sockets that answers by a script; a request beyond it is answered with 599. */
export async function startStorage(
	...replies: readonly Reply[]
): Promise<Storage> {
	const left = [...replies];
	let received = 0;
	const server = await localServer((request, response) => {
		const reply = left.shift();
		if (reply) reply(request, response, storage);
		else response.writeHead(599).end("not in the script");
	});
	const storage: Storage = {
		url: server.url,
		requests: server.requests,
		noteReceived: (bytes) => {
			received = bytes;
		},
		received: () => received,
		asked: () =>
			server.requests.map(({ url, headers }) => ({
				path: url,
				range: headers.range,
				ifRange: headers["if-range"] as string | undefined,
			})),
	};
	return storage;
}

/** A whole file, and its validator where it has one. */
export function whole(
	bytes: Buffer,
	headers: Readonly<Record<string, string>> = {},
): Reply {
	return (_request, response) => {
		response.writeHead(200, { "content-length": bytes.length, ...headers });
		response.end(bytes);
	};
}

/** The part from a byte on, as RFC 9110 wants it answered. */
export function part(
	bytes: Buffer,
	from: number,
	headers: Readonly<Record<string, string>> = {},
): Reply {
	return (_request, response) => {
		response.writeHead(206, {
			"content-length": bytes.length - from,
			"content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
			...headers,
		});
		response.end(bytes.subarray(from));
	};
}

/**
 * The same answer, its connection cut once the other side has so many bytes of the file: what is
 * still on its way when a connection breaks is lost.
 */
export function cutAt(sizeBytes: number, reply: Reply): Reply {
	return (request, response, storage) => {
		const cut = () => {
			if (storage.received() >= sizeBytes) request.socket.destroy();
			else setTimeout(cut, 1);
		};
		response.end = ((body: Buffer) => {
			response.write(body.subarray(0, sizeBytes - storage.received()));
			cut();
			return response;
		}) as ServerResponse["end"];
		reply(request, response, storage);
	};
}

/** The head of an answer, and then nothing: the connection is gone. */
export function headOnly(reply: Reply): Reply {
	return (request, response, storage) => {
		response.end = (() => {
			response.flushHeaders();
			setImmediate(() => request.socket.destroy());
			return response;
		}) as ServerResponse["end"];
		reply(request, response, storage);
	};
}

export function status(
	code: number,
	headers: Readonly<Record<string, string>> = {},
): Reply {
	return (_request, response) => {
		response.writeHead(code, headers).end("<Error>no</Error>");
	};
}

export function redirect(location: string): Reply {
	return (_request, response) => {
		response.writeHead(302, { location }).end();
	};
}

/** A transport on real sockets, as patient as the program. */
export async function realTransport(): Promise<Transport> {
	const transport = await createTransport({
		userAgent: "flux-ultra/0.0.0",
		env: {},
	});
	onTestFinished(() => transport.close());
	return transport;
}
