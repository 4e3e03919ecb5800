import { once } from "node:events";
import { createReadStream } from "node:fs";
import {
	createServer,
	type IncomingMessage,
	type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/** What a server of a gallery shows now. */
export interface Shown {
	/** HTML. */
	readonly page: string;
	/** JSON of the content. */
	readonly content: string;
	/** Files by the path of their address; there are no others. */
	readonly files: ReadonlyMap<string, Served>;
}

/** A file of the folder, or what is made of it when it is asked for. */
export interface Served {
	/** MIME type. */
	readonly type: string;
	readonly body: string | (() => Promise<Uint8Array>);
}

/** Where a page hears that there is something new, and gets it. */
export const serverPaths = { events: "/events", content: "/content.json" };

/** Serves a gallery to this machine alone, on a port that is free. Nothing but what is shown can be read, and nothing can be changed. */
export async function serveGallery(first: Shown) {
	let shown = first;
	const listeners = new Set<ServerResponse>();
	const server = createServer((request, response) => {
		const path = pathOf(request, hosts);
		if (typeof path === "number") return refuse(response, path);
		if (path === "/") return send(response, "text/html", shown.page);
		if (path === serverPaths.content)
			return send(response, "application/json", shown.content);
		if (path === serverPaths.events) return listen(response, listeners);
		const file = shown.files.get(path);
		if (file) void sendFile(response, file);
		else refuse(response, 404);
	});
	await once(server.listen(0, "127.0.0.1"), "listening");
	const { port } = server.address() as AddressInfo;
	const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
	return {
		/** `http://127.0.0.1:49152/`. */
		url: `http://127.0.0.1:${port}/`,
		/** Shows something else from now on, and tells every page that is open. */
		show(next: Shown) {
			shown = next;
			for (const listener of listeners) listener.write("data: new\n\n");
		},
		/** Ends at once, with every connection. */
		stop: () =>
			new Promise<void>((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}

/** What is asked for, or the status that refuses it. */
function pathOf(
	{ method = "", url = "", headers }: IncomingMessage,
	hosts: readonly string[],
): string | number {
	// A name of somebody else's that leads here (DNS rebinding) would let their page read this one.
	if (!hosts.includes(headers.host ?? "")) return 403;
	if (method !== "GET" && method !== "HEAD") return 405;
	return url;
}

const always = {
	"x-content-type-options": "nosniff",
	"cross-origin-resource-policy": "same-origin",
	"referrer-policy": "no-referrer",
};

function refuse(response: ServerResponse, status: number): void {
	response.writeHead(status, always).end();
}

function send(response: ServerResponse, type: string, body: string): void {
	response
		.writeHead(200, {
			...always,
			"content-type": `${type}; charset=utf-8`,
			"cache-control": "no-store",
		})
		.end(body);
}

/** Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html); a page that lost the line gets what it missed. */
function listen(
	response: ServerResponse,
	listeners: Set<ServerResponse>,
): void {
	response.writeHead(200, {
		...always,
		"content-type": "text/event-stream",
		"cache-control": "no-store",
	});
	response.write("retry: 1000\ndata: new\n\n");
	listeners.add(response);
	response.on("close", () => listeners.delete(response));
}

async function sendFile(
	response: ServerResponse,
	{ type, body }: Served,
): Promise<void> {
	// Addresses name the content.
	const headers = {
		...always,
		"content-type": type,
		"cache-control": "private, max-age=31536000, immutable",
	};
	try {
		if (typeof body === "string") {
			const stream = createReadStream(body);
			await once(stream, "open");
			stream.on("error", () => response.destroy());
			stream.pipe(response.writeHead(200, headers));
		} else {
			const bytes = await body();
			response.writeHead(200, headers).end(bytes);
		}
	} catch {
		// Gone or replaced since: the next look at the folder tells.
		refuse(response, 404);
	}
}
