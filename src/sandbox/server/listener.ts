import { once } from "node:events";
import {
	createServer,
	type IncomingMessage,
	type RequestListener,
	type ServerOptions,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { Failure, systemCode } from "../../errors.ts";
import type { RequestEntry, SandboxOptions } from "../options.ts";

/**
 * An HTTP server on this machine's own address.
 * @throws {Failure} `usage` where the port is taken or not allowed, or `tls` is no key with its certificate
 */
export async function listen(
	port: number,
	{ keepAlive = false, tls }: Pick<SandboxOptions, "keepAlive" | "tls">,
	handle: RequestListener,
) {
	// Longer than clients keep idle connections, so that none is closed under a request that is on its way.
	const settings = { keepAliveTimeout: 75_000 };
	const server = tls
		? await createSecureServer(settings, tls, handle)
		: createServer(settings, handle);
	if (!keepAlive) {
		server.unref();
		server.on("connection", (socket: Socket) => socket.unref());
	}
	try {
		await once(server.listen(port, "127.0.0.1"), "listening");
	} catch (error) {
		throw explain(error, port);
	}
	const { port: opened } = server.address() as AddressInfo;
	return {
		origin: `${tls ? "https" : "http"}://127.0.0.1:${opened}`,
		/** Ends at once, kept-alive and hanging connections included. */
		stop: () =>
			new Promise<void>((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}

async function createSecureServer(
	settings: ServerOptions,
	pem: Buffer,
	handle: RequestListener,
) {
	const https = await import("node:https");
	try {
		return https.createServer({ ...settings, key: pem, cert: pem }, handle);
	} catch (cause) {
		throw new Failure("usage", "no private key with its certificate in PEM", {
			hint: "docs/sandbox.md says how to make one",
			cause,
		});
	}
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

export type LogRequest = ReturnType<typeof createLog>;

/** Notes requests; `done` tells what was sent, and is called once. */
export function createLog(
	now: () => number,
	tell: ((entry: RequestEntry) => void) | undefined,
) {
	return (
		port: RequestEntry["port"],
		{ method = "GET", url = "/" }: Pick<IncomingMessage, "method" | "url">,
	) => {
		const at = now();
		const startedAt = performance.now();
		const notes: string[] = [];
		// The query of a link to the storage is as good as a key, and so may be that of a callback address.
		const path = port === "api" ? url : withoutSecrets(url);
		return {
			note: (text: string) => void notes.push(text),
			done: (status: number) =>
				tell?.({
					at,
					port,
					method,
					path,
					status,
					durationMs: Math.round(performance.now() - startedAt),
					...(notes.length > 0 && { note: notes.join(", ") }),
				}),
		};
	};
}

function withoutSecrets(url: string): string {
	return url.replace(/\?.*$/s, "").replace(/^(https?:\/\/)[^/]*@/, "$1");
}
