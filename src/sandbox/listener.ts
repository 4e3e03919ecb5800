import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { Failure, systemCode } from "../errors.ts";

/** An HTTP server on this machine's own address. */
export interface Listener {
	readonly origin: string;
	/** Ends at once, kept-alive and hanging connections included. */
	stop(): Promise<void>;
}

/** @throws {Failure} `usage` where the port is taken or not allowed */
export async function listen(
	port: number,
	keepAlive: boolean,
	handle: RequestListener,
): Promise<Listener> {
	const server = createServer(
		// Longer than clients keep idle connections, so that none is closed under a request that is on its way.
		{ keepAliveTimeout: 75_000 },
		handle,
	);
	if (!keepAlive) {
		server.unref();
		server.on("connection", (socket) => socket.unref());
	}
	await new Promise<void>((resolve, reject) => {
		server.once("error", (error) => reject(explain(error, port)));
		server.listen(port, "127.0.0.1", resolve);
	});
	const { port: opened } = server.address() as AddressInfo;
	return {
		origin: `http://127.0.0.1:${opened}`,
		stop: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}

function explain(error: unknown, port: number): unknown {
	const code = systemCode(error);
	if (code !== "EADDRINUSE" && code !== "EACCES") return error;
	const why = code === "EACCES" ? "is not allowed" : "is in use";
	return new Failure("usage", `port ${port} on 127.0.0.1 ${why}`, {
		hint: "name another one, or --port 0 for any that is free",
		cause: error,
	});
}
