import {
	createServer,
	type IncomingMessage,
	type RequestListener,
	type Server,
} from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface LocalServer {
	/** `http://127.0.0.1:port` */
	readonly url: string;
	readonly port: number;
	/** Method, path and headers of each request, in the order of arrival. */
	readonly requests: readonly IncomingMessage[];
	readonly server: Server;
}

/** A server on real sockets of this machine; gone after the test, with whatever it has not answered. */
export async function localServer(
	listener: RequestListener,
): Promise<LocalServer> {
	const requests: IncomingMessage[] = [];
	const server = createServer((request, response) => {
		requests.push(request);
		listener(request, response);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	onTestFinished(() => {
		server.close();
		server.closeAllConnections();
	});
	const { port } = server.address() as AddressInfo;
	return { url: `http://127.0.0.1:${port}`, port, requests, server };
}
