import { randomUUID } from "node:crypto";
import { on, once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { callBack, createAccount, pictureOf, viewOf } from "./account.mjs";

/*
 * The Runflow API once more, read from its documents and sharing no code with our sandbox: what the program and its
 * sandbox both misunderstand shows here. Each key is an account of its own.
 */

/**
 * @param faults rates by name, from 0 to 1; `lagMs`: how far the listing is behind; `honoursKeys`: Idempotency-Key;
 * `billRatio`: bill to price; `runMs`: how long a run takes; `linkMs`: how long a link is good
 */
export async function startService(random, faults) {
	const account = createAccount(random, faults);
	/** Those that are open: which connection each is, from 1 in the order in which they were accepted. */
	const sockets = new Map();
	let accepted = 0;
	const world = { account, random, faults, strikes: account.strikes };
	const server = createServer((request, response) => {
		const exchange = {
			...{ request, response, connection: sockets.get(request.socket) },
			url: new URL(request.url, world.base),
			owner: request.headers.authorization,
		};
		answer(exchange, world).catch(() => request.socket.destroy());
	});
	server.on("connection", (socket) => {
		accepted += 1;
		sockets.set(socket, accepted);
		socket.on("close", () => sockets.delete(socket));
		socket.on("error", () => {});
	});
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	world.base = `http://127.0.0.1:${server.address().port}`;
	return {
		account,
		url: world.base,
		/** How many connections it took so far. */
		accepted: () => accepted,
		/**
		 * Waits until it has accepted every connection that was made before: those of a process that is gone are among
		 * them, though what it sent may be answered later.
		 */
		async acceptAll() {
			// The system hands out connections in their order.
			const connections = on(server, "connection");
			const last = connect(server.address().port, "127.0.0.1");
			await once(last, "connect");
			for await (const [socket] of connections)
				if (socket.remotePort === last.localPort) break;
			last.destroy();
		},
		stop() {
			server.close();
			for (const socket of sockets.keys()) socket.destroy();
		},
	};
}

async function answer(exchange, world) {
	const { request, response, url } = exchange;
	const { random, strikes } = world;
	if (url.pathname.startsWith("/uploads/")) return takeFile(exchange, world);
	const body = await readBody(request);
	if (url.pathname.startsWith("/files/")) return sendFile(exchange, world);
	if (strikes("slow")) await pause(random.between(50, 600));
	if (strikes("reset")) return request.socket.destroy();
	if (strikes("html"))
		return response
			.writeHead(502, { "content-type": "text/html" })
			.end("<h1>Bad gateway</h1>");
	if (strikes("unavailable"))
		return refuse(response, 500, "INTERNAL", "try later");
	const [, , kind, ...rest] = url.pathname.split("/");
	const isPost = request.method === "POST";
	if (isPost && kind === "models" && rest.at(-1) === "runs")
		return takeOrder(rest.slice(0, -1).join("/"), body, exchange, world);
	if (isPost && kind === "asset-uploads")
		return rest.length === 0
			? announce(body, exchange, world)
			: confirm(rest[0], exchange, world);
	if (kind === "runs" && rest.length === 1)
		return showRun(rest[0], exchange, world);
	if (kind === "runs" && rest.length === 0) return list(exchange, world);
	if (kind === "credit-balances" || kind === "billing")
		return send(response, 200, { balance_usd: "1000.00", balance: "1000.00" });
	if (kind === "auth") return send(response, 200, {});
	refuse(response, 404, "NOT_FOUND", "no such endpoint");
}

function takeOrder(model, body, exchange, { account, faults, strikes, base }) {
	const { request, response, owner, connection } = exchange;
	account.orders.push(connection);
	if (strikes("limited"))
		return refuse(response, 429, "RATE_LIMITED", "slow down");
	if (strikes("lost")) return request.socket.destroy();
	const order = JSON.parse(body);
	for (const [, id] of String(body).matchAll(/runflow:\/\/assets\/([\w-]+)/g))
		if (!account.assets.get(id)?.isWhole)
			return refuse(response, 422, "ASSET_NOT_FOUND", `no asset ${id}`);
	const key = request.headers["idempotency-key"];
	const known = account.knownBy(owner, key);
	const run =
		known ?? account.createRun(model, order, { owner, key, connection });
	if (!known && order.callback_url)
		setTimeout(
			() => callBack(run, viewOf(run, faults, base)),
			run.endsAtMs - Date.now() + 5,
		).unref();
	if (strikes("cutAnswer")) return request.socket.destroy();
	if (strikes("lie")) return refuse(response, 503, "BUSY", "not now");
	if (strikes("garbage")) return response.writeHead(201).end("{");
	send(response, 201, viewOf(run, faults, base));
}

function showRun(id, { response, owner }, { account, faults, base }) {
	const run = account.runs.get(id);
	if (run?.owner === owner)
		return send(response, 200, viewOf(run, faults, base));
	refuse(response, 404, "RUN_NOT_FOUND", "no such run");
}

function list(exchange, { account, faults, strikes, base }) {
	const { request, response, url, owner } = exchange;
	const query = url.searchParams;
	const ref = /^client_ref\.EQ:'(.*)'$/.exec(query.get("q") ?? "")?.[1];
	const limit = Number(query.get("limit") ?? 20);
	const seen = [...account.runs.values()].filter(
		(run) =>
			run.owner === owner &&
			run.createdAtMs + faults.lagMs <= Date.now() &&
			(ref === undefined || run.order.client_ref === ref),
	);
	if (query.get("sort_by") === "created_at:desc") seen.reverse();
	const from = Number(query.get("pq") ?? 0);
	const next = from + limit < seen.length ? String(from + limit) : null;
	const items = seen
		.slice(from, from + limit)
		.map((run) => viewOf(run, faults, base));
	if (!strikes("cutListing")) return send(response, 200, { items, next });
	const text = JSON.stringify({ items, next });
	const headers = { "content-type": "application/json" };
	response.writeHead(200, { ...headers, "content-length": text.length });
	cutAfter(text.slice(0, text.length / 2), request, response);
}

function announce(body, { response }, { account, base }) {
	const id = randomUUID();
	account.assets.set(id, { size: JSON.parse(body).size_bytes });
	send(response, 201, { asset_id: id, upload_url: `${base}/uploads/${id}` });
}

/** The storage: only what came whole is kept. */
async function takeFile({ request, response, url }, { account, strikes }) {
	if (strikes("cutUpload"))
		return request.once("data", () => request.socket.destroy());
	const asset = account.assets.get(url.pathname.split("/")[2]);
	const { length } = await readBody(request);
	if (length !== asset?.size)
		return response.writeHead(400).end("<Code>IncompleteBody</Code>");
	asset.isWhole = true;
	response.writeHead(200).end();
}

function confirm(id, { response }, { account, base }) {
	const asset = account.assets.get(id);
	if (!asset?.isWhole)
		return refuse(response, 409, "NOT_UPLOADED", "the file has not come");
	send(response, 201, {
		...{ id, url: `${base}/uploads/${id}`, size_bytes: asset.size },
	});
}

async function sendFile({ request, response, url }, { account, strikes }) {
	const [, , id, at] = url.pathname.split("/");
	const run = account.runs.get(id);
	const isLate = Number(url.searchParams.get("until")) < Date.now();
	if (!run || isLate || strikes("expire"))
		return response.writeHead(403).end("<Error>expired</Error>");
	const bytes = await pictureOf(run, Number(at));
	const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
	const from = Number(range?.[1] ?? 0);
	const rest = bytes.subarray(from);
	response.writeHead(from > 0 ? 206 : 200, {
		etag: `"${id}${at}"`,
		"content-length": rest.length,
		...(from > 0 && {
			"content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
		}),
	});
	if (!strikes("cut")) return response.end(rest);
	cutAfter(rest.subarray(0, Math.ceil(rest.length / 2)), request, response);
}

function cutAfter(start, request, response) {
	response.write(start, () => request.socket.destroy());
}

function refuse(response, status, code, message) {
	send(response, status, { code, message });
}

function send(response, status, body) {
	response
		.writeHead(status, { "content-type": "application/json" })
		.end(JSON.stringify(body));
}

async function readBody(request) {
	const chunks = [];
	for await (const chunk of request) chunks.push(chunk);
	return Buffer.concat(chunks);
}

function pause(ms) {
	return new Promise((resolve) => setTimeout(resolve, ms));
}
