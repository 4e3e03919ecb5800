import dns, { type LookupOptions } from "node:dns";
import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import {
	type AddressInfo,
	connect,
	createServer as createTcpServer,
	type Socket,
} from "node:net";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Failure } from "../../src/errors.ts";
import {
	createTransport,
	type TransportOptions,
} from "../../src/runflow/transport.ts";
import type { WireError } from "../../src/runflow/wire-error.ts";
import { localServer } from "../local-server.ts";

type Env = TransportOptions["env"];

/** A name of this machine that is not passed by without asking, unlike localhost. */
const behindProxy = "service.test";

const { lookup } = dns;
beforeAll(() => {
	const known = (host: string) => (host === behindProxy ? "127.0.0.1" : host);
	const spy = vi
		.spyOn(dns, "lookup")
		.mockImplementation(((host: string, ...more: [LookupOptions, never]) =>
			lookup(known(host), ...more)) as never);
	return () => spy.mockRestore();
});

interface Proxy {
	readonly url: string;
	/** Every host that was asked for, with the credentials that came. */
	readonly asked: { readonly host: string; readonly as: string | undefined }[];
}

/** A proxy on real sockets: tunnels (CONNECT), and plain requests; `status` is its answer to a tunnel. */
async function startProxy(status = 200): Promise<Proxy> {
	const asked: Proxy["asked"] = [];
	const server = createServer((incoming, response) => {
		asked.push({
			host: new URL(incoming.url ?? "").host,
			as: incoming.headers["proxy-authorization"],
		});
		const { method, headers } = incoming;
		const onward = httpRequest(incoming.url ?? "", { method, headers });
		onward.on("response", (answer) => {
			response.writeHead(answer.statusCode ?? 502, answer.headers);
			answer.pipe(response);
		});
		incoming.pipe(onward);
	});
	server.on("connect", (request, socket) => {
		asked.push({
			host: request.url ?? "",
			as: request.headers["proxy-authorization"],
		});
		socket.on("error", () => {});
		if (status !== 200) return socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
		const [host, port] = (request.url ?? "").split(":");
		const onward = connect(Number(port), host, () => {
			socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
			onward.pipe(socket).pipe(onward);
		});
		onward.on("error", () => socket.destroy());
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => {
		server.close();
		server.closeAllConnections();
	});
	const { port } = server.address() as { port: number };
	return { url: `http://127.0.0.1:${port}`, asked };
}

async function get(url: string, env: Env): Promise<string> {
	const transport = await createTransport({ userAgent: "test", env });
	onTestFinished(() => transport.close());
	const { text } = await transport.fetchText({ method: "GET", url });
	return text;
}

async function greet(host = behindProxy) {
	const { port } = await localServer((_request, response) => {
		response.end("hello");
	});
	return { url: `http://${host}:${port}`, port };
}

describe("which requests go through a proxy", () => {
	test.each<[string, (proxy: string) => Env]>([
		["HTTP_PROXY", (proxy) => ({ HTTP_PROXY: proxy })],
		["http_proxy", (proxy) => ({ http_proxy: proxy })],
		[
			"http_proxy before HTTP_PROXY",
			(proxy) => ({ http_proxy: proxy, HTTP_PROXY: "http://127.0.0.1:1" }),
		],
		[
			"HTTP_PROXY without a scheme, as curl takes it",
			(proxy) => ({ HTTP_PROXY: proxy.replace("http://", "") }),
		],
		[
			"HTTP_PROXY beside a NO_PROXY of other hosts",
			(proxy) => ({ HTTP_PROXY: proxy, NO_PROXY: "example.com,.internal" }),
		],
	])("by %s", async (_how, envOf) => {
		const [proxy, { url, port }] = [await startProxy(), await greet()];
		expect(await get(url, envOf(proxy.url))).toBe("hello");
		expect(proxy.asked).toEqual([
			{ host: `${behindProxy}:${port}`, as: undefined },
		]);
	});

	test("with the name and password that stand in its address", async () => {
		const [proxy, { url, port }] = [await startProxy(), await greet()];
		const address = proxy.url.replace("//", "//us%40er:pass@");
		expect(await get(url, { HTTP_PROXY: address })).toBe("hello");
		const credentials = Buffer.from("us@er:pass").toString("base64");
		expect(proxy.asked).toEqual([
			{ host: `${behindProxy}:${port}`, as: `Basic ${credentials}` },
		]);
	});

	test.each<[string, Env]>([
		["no variable is set", {}],
		["the variable is empty", { HTTP_PROXY: "" }],
		["only https has one", { HTTPS_PROXY: "the proxy" }],
		[
			"NO_PROXY names the host",
			{ HTTP_PROXY: "the proxy", NO_PROXY: behindProxy },
		],
		[
			"no_proxy names the host",
			{ HTTP_PROXY: "the proxy", no_proxy: `a.test, ${behindProxy}` },
		],
		["NO_PROXY is *", { HTTP_PROXY: "the proxy", NO_PROXY: "*" }],
	])("none where %s", async (_why, env) => {
		const [proxy, { url }] = [await startProxy(), await greet()];
		const entries = Object.entries(env).map(([name, value]) => [
			name,
			value?.replace("the proxy", proxy.url),
		]);
		expect(await get(url, Object.fromEntries(entries))).toBe("hello");
		expect(proxy.asked).toEqual([]);
	});

	test.each(["127.0.0.1", "localhost"])(
		"none to %s, which only this machine can reach",
		async (host) => {
			const proxy = await startProxy();
			const { url } = await greet(host);
			const env = { HTTP_PROXY: proxy.url, NO_PROXY: "example.com" };
			expect(await get(url, env)).toBe("hello");
			expect(proxy.asked).toEqual([]);
		},
	);

	test("https asks HTTPS_PROXY for a tunnel", async () => {
		const proxy = await startProxy(403);
		const env = { HTTPS_PROXY: proxy.url };
		await get("https://api.runflow.test/", env).catch(() => {});
		expect(proxy.asked).toEqual([
			{ host: "api.runflow.test:443", as: undefined },
		]);
	});
});

describe("a proxy that does not let us through", () => {
	test.each([
		[403, "refused the connection (403): api.runflow.test", false, /NO_PROXY/],
		[407, "asks for a name and a password (407)", false, /name:password@/],
		[502, "refused the connection (502): api.runflow.test", true, /let/],
	])(
		"answers %i to the tunnel: nothing has reached the service, and what mends it is told",
		async (status, message, mayPass, hint) => {
			const proxy = await startProxy(status);
			const error = await get("https://api.runflow.test/", {
				HTTPS_PROXY: proxy.url,
			}).catch((thrown: WireError) => thrown);
			expect(error).toMatchObject({
				message: `the proxy ${new URL(proxy.url).host} ${message}`,
				mayHaveArrived: false,
				mayPass,
				hint: expect.stringMatching(hint),
			});
		},
	);

	test("is not there: its address is told, and trying again does not help", async () => {
		const error = await get("https://api.runflow.test/", {
			HTTPS_PROXY: "http://127.0.0.1:1",
		}).catch((thrown: WireError) => thrown);
		expect(error).toMatchObject({
			message: "connection refused: the proxy 127.0.0.1:1",
			mayHaveArrived: false,
			mayPass: false,
		});
	});

	test("says nothing to the wish for a tunnel: given up in time, and nothing has left", async () => {
		const silent = createServer(() => {});
		silent.on("connect", (_request, socket) => {
			onTestFinished(() => void socket.destroy());
		});
		silent.listen(0, "127.0.0.1");
		await once(silent, "listening");
		onTestFinished(() => void silent.close());
		const { port } = silent.address() as { port: number };
		const transport = await createTransport({
			userAgent: "test",
			env: { HTTPS_PROXY: `http://127.0.0.1:${port}` },
			timeouts: { connectMs: 50 },
		});
		onTestFinished(() => transport.close());
		const error = await transport
			.fetchText({ method: "GET", url: "https://api.runflow.test/" })
			.catch((thrown: WireError) => thrown);
		expect(error).toMatchObject({
			message: `no answer in time: the proxy 127.0.0.1:${port}`,
			mayHaveArrived: false,
		});
	});

	test("has an address that is none: a setting to be mended", async () => {
		const error = await get("https://api.runflow.test/", {
			HTTPS_PROXY: "ftp://proxy.test:21",
		}).catch((thrown: Failure) => thrown);
		expect(error).toMatchObject({
			code: "config",
			message: 'the proxy "ftp://proxy.test:21" is not an http address',
			hint: "for one: HTTPS_PROXY=http://proxy.example.com:3128",
		});
	});
});

/** What ends every connection to it once something has come, and how many there were. */
async function startClosing(close: (socket: Socket) => void) {
	let connections = 0;
	const server = createTcpServer((socket) => {
		connections += 1;
		socket.on("error", () => {});
		socket.once("data", () => close(socket));
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => void server.close());
	const { port } = server.address() as AddressInfo;
	return { host: `127.0.0.1:${port}`, connections: () => connections };
}

const made = "HTTP/1.1 200 Connection established\r\n\r\n";

describe("connections that are closed are not made again by themselves", () => {
	test.each<[string, (socket: Socket) => void, string]>([
		["drops CONNECT", (socket) => socket.destroy(), "the proxy"],
		["resets CONNECT", (socket) => socket.resetAndDestroy(), "the proxy"],
		["ends CONNECT", (socket) => socket.end(), "the proxy"],
		["closes the tunnel at once", (socket) => socket.end(made), ""],
		[
			"closes the tunnel at the handshake",
			(socket) => {
				socket.write(made);
				socket.once("data", () => socket.destroy());
			},
			"",
		],
		[
			"resets the tunnel at the handshake",
			(socket) => {
				socket.write(made);
				socket.once("data", () => socket.resetAndDestroy());
			},
			"",
		],
	])("by a proxy that %s", async (_how, close, at) => {
		const { host, connections } = await startClosing(close);
		const error = await get("https://api.runflow.test/", {
			HTTPS_PROXY: `http://${host}`,
		}).catch((thrown: WireError) => thrown);
		const where = at
			? `the proxy ${host}`
			: `api.runflow.test, through the proxy ${host}`;
		expect(error).toMatchObject({
			message: `connection closed while it was made: ${where}`,
			mayHaveArrived: false,
			mayPass: true,
		});
		expect(connections()).toBe(1);
	});

	test.each<[string, (socket: Socket) => void]>([
		["closes", (socket) => socket.destroy()],
		["resets", (socket) => socket.resetAndDestroy()],
	])("by a server that %s each handshake", async (_how, close) => {
		const { host, connections } = await startClosing(close);
		const error = await get(`https://${host}/`, {}).catch(
			(thrown: WireError) => thrown,
		);
		expect(error).toMatchObject({
			message: `connection closed while it was made: ${host}`,
			mayHaveArrived: false,
		});
		expect(connections()).toBe(1);
	});

	test("by a server that closes after the request, which may have arrived", async () => {
		const { host, connections } = await startClosing((socket) =>
			socket.destroy(),
		);
		const error = await get(`http://${host}/`, {}).catch(
			(thrown: WireError) => thrown,
		);
		expect(error).toMatchObject({
			message: `connection closed without an answer: ${host}`,
			mayHaveArrived: true,
		});
		expect(connections()).toBe(1);
	});

	test("by a proxy that does not answer in HTTP: nothing has left", async () => {
		const { host, connections } = await startClosing((socket) =>
			socket.end("hello\r\n"),
		);
		const error = await get("https://api.runflow.test/", {
			HTTPS_PROXY: `http://${host}`,
		}).catch((thrown: WireError) => thrown);
		expect(error).toMatchObject({
			message: expect.stringMatching(`: the proxy ${host}$`),
			mayHaveArrived: false,
		});
		expect(connections()).toBe(1);
	});
});
