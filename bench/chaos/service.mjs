import { createHash, createHmac, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import sharp from "sharp";

/*
 * The Runflow API once more, read from its documents and sharing no code with our sandbox: what the program and its
 * sandbox both misunderstand shows here. It keeps the account that everything is held against at the end.
 */

export const callbackSecret = "whsec_chaos";

/**
 * @param faults rates by name, from 0 to 1; `lagMs`: how far the listing is behind; `honoursKeys`: Idempotency-Key;
 * `billRatio`: bill to price; `runMs`: how long a run takes
 */
export async function startService(random, faults) {
	const account = { runs: new Map(), orders: 0, faults, uploads: new Map() };
	const byKey = new Map();
	const sockets = new Set();
	const server = createServer((request, response) => {
		answer(request, response).catch(() => request.socket.destroy());
	});
	server.on("connection", (socket) => {
		sockets.add(socket);
		socket.on("close", () => sockets.delete(socket));
		socket.on("error", () => {});
	});
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	const base = `http://127.0.0.1:${server.address().port}`;
	const strikes = (name) => random.chance(account.faults[name] ?? 0);

	async function answer(request, response) {
		const body = await readBody(request);
		const url = new URL(request.url, base);
		if (url.pathname.startsWith("/files/"))
			return sendFile(url, request, response);
		if (url.pathname.startsWith("/uploads/")) {
			account.uploads.set(url.pathname, body);
			return response.writeHead(200).end();
		}
		if (strikes("slow")) await pause(random.between(50, 600));
		if (strikes("reset")) return request.socket.destroy();
		if (strikes("html"))
			return response
				.writeHead(502, { "content-type": "text/html" })
				.end("<h1>Bad gateway</h1>");
		if (strikes("unavailable"))
			return send(response, 500, { code: "INTERNAL", message: "try later" });
		const [, , kind, ...rest] = url.pathname.split("/");
		if (
			request.method === "POST" &&
			kind === "models" &&
			rest.at(-1) === "runs"
		)
			return takeOrder(rest.slice(0, -1).join("/"), body, request, response);
		if (request.method === "POST" && kind === "asset-uploads")
			return upload(rest, body, response);
		if (kind === "runs" && rest.length === 1) return showRun(rest[0], response);
		if (kind === "runs" && rest.length === 0) return list(url, response);
		if (kind === "credit-balances" || kind === "billing")
			return send(response, 200, {
				balance_usd: "1000.00",
				balance: "1000.00",
			});
		if (kind === "auth") return send(response, 200, {});
		send(response, 404, { code: "NOT_FOUND", message: "no such endpoint" });
	}

	function takeOrder(model, body, request, response) {
		account.orders += 1;
		if (strikes("limited"))
			return send(response, 429, {
				code: "RATE_LIMITED",
				message: "slow down",
			});
		if (strikes("lost")) return request.socket.destroy();
		const order = JSON.parse(body);
		const key = request.headers["idempotency-key"];
		const known = account.faults.honoursKeys && byKey.get(key);
		const run = known || createRun(model, order, key);
		byKey.set(key, run);
		if (strikes("cutAnswer")) return request.socket.destroy();
		if (strikes("lie"))
			return send(response, 503, { code: "BUSY", message: "not now" });
		if (strikes("garbage")) return response.writeHead(201).end("{");
		send(response, 201, view(run));
	}

	function createRun(model, order, key) {
		const images = order.input.num_images ?? 1;
		const price = priceOf(model, order.input);
		const run = {
			id: randomUUID(),
			key,
			model,
			order,
			images,
			createdAtMs: Date.now(),
			endsAtMs: Date.now() + random.between(...account.faults.runMs),
			fails: strikes("fail"),
			billMicros: Math.round(price * account.faults.billRatio),
		};
		account.runs.set(run.id, run);
		if (order.callback_url)
			setTimeout(() => callBack(run), run.endsAtMs - Date.now() + 5).unref();
		return run;
	}

	async function callBack(run) {
		const { metadata } = run.order;
		const text = JSON.stringify({
			event: run.fails ? "run.failed" : "run.completed",
			...{ run_id: run.id, status: run.fails ? "failed" : "succeeded" },
			...{ output: view(run).output, duration_ms: 100, metadata },
		});
		const signature = createHmac("sha256", callbackSecret)
			.update(text)
			.digest("hex");
		const headers = {
			"content-type": "application/json",
			"runflow-signature": signature,
		};
		await fetch(run.order.callback_url, {
			method: "POST",
			headers,
			body: text,
		}).catch(() => {});
	}

	function view(run) {
		const hasEnded = Date.now() >= run.endsAtMs;
		const status = !hasEnded ? "running" : run.fails ? "failed" : "succeeded";
		const done = status === "succeeded";
		const outputs = Array.from({ length: run.images }, (_, at) => ({
			url: `${base}/files/${run.id}/${at}?until=${Date.now() + account.faults.linkMs}&sig=${randomUUID()}`,
			type: "image",
		}));
		return {
			...{
				id: run.id,
				status_code: status,
				input: run.order.input,
				metadata: run.order.metadata ?? {},
			},
			...{
				client_ref: run.order.client_ref ?? null,
				created_at: new Date(run.createdAtMs).toISOString(),
			},
			completed_at: hasEnded ? new Date(run.endsAtMs).toISOString() : null,
			output: done
				? { outputs, seed: run.order.input.seed ?? null, nsfw_detected: null }
				: {},
			cost: done ? (run.billMicros / 1e6).toFixed(6) : null,
			...(status === "failed" && {
				failure_code: "WORKER_LOST",
				failure_message: "the worker went away",
			}),
		};
	}

	function showRun(id, response) {
		const run = account.runs.get(id);
		if (run) return send(response, 200, view(run));
		send(response, 404, { code: "RUN_NOT_FOUND", message: "no such run" });
	}

	function list(url, response) {
		const ref = /^client_ref\.EQ:'(.*)'$/.exec(
			url.searchParams.get("q") ?? "",
		)?.[1];
		const limit = Number(url.searchParams.get("limit") ?? 20);
		const seen = [...account.runs.values()].filter(
			({ createdAtMs, order }) =>
				createdAtMs + account.faults.lagMs <= Date.now() &&
				(ref === undefined || order.client_ref === ref),
		);
		if (url.searchParams.get("sort_by") === "created_at:desc") seen.reverse();
		const from = Number(url.searchParams.get("pq") ?? 0);
		const next = from + limit < seen.length ? String(from + limit) : null;
		send(response, 200, {
			items: seen.slice(from, from + limit).map(view),
			next,
		});
	}

	function upload(rest, body, response) {
		if (rest.length === 0) {
			const id = randomUUID();
			return send(response, 201, {
				asset_id: id,
				upload_url: `${base}/uploads/${id}`,
			});
		}
		send(response, 201, {
			id: rest[0],
			url: `${base}/uploads/${rest[0]}`,
			size_bytes: body.length,
		});
	}

	async function sendFile(url, request, response) {
		const [, , id, at] = url.pathname.split("/");
		const run = account.runs.get(id);
		if (
			!run ||
			Number(url.searchParams.get("until")) < Date.now() ||
			strikes("expire")
		)
			return response.writeHead(403).end("<Error>expired</Error>");
		const bytes = await pictureOf(run, Number(at));
		const from = Number(
			/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0,
		);
		const rest = bytes.subarray(from);
		response.writeHead(from > 0 ? 206 : 200, {
			etag: `"${id}${at}"`,
			"content-length": rest.length,
			...(from > 0 && {
				"content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
			}),
		});
		if (!strikes("cut")) return response.end(rest);
		response.write(rest.subarray(0, Math.ceil(rest.length / 2)), () =>
			request.socket.destroy(),
		);
	}

	return {
		...account,
		account,
		url: base,
		/** Of the runs that succeeded, in micro-dollars. */
		billed: () => [...account.runs.values()].filter(({ fails }) => !fails),
		/** The bytes of each image that was made, by their sha256. */
		async pictures() {
			const sums = new Map();
			for (const run of account.runs.values())
				for (let at = 0; at < run.images; at += 1)
					if (!run.fails) sums.set(sha256(await pictureOf(run, at)), run);
			return sums;
		},
		stop() {
			server.close();
			for (const socket of sockets) socket.destroy();
		},
	};
}

const known = new Map();

/** A picture like no other, of a few hundred bytes. */
async function pictureOf({ id, model, order }, at) {
	const name = `${id}/${at}`;
	const format =
		order.input.output_format ?? (model.includes("klein") ? "jpeg" : "jpeg");
	const raw = Buffer.concat(
		Array.from({ length: 24 }, (_, row) =>
			createHash("sha256").update(`${name}/${row}`).digest(),
		),
	);
	const picture =
		known.get(name) ??
		sharp(raw, { raw: { width: 16, height: 16, channels: 3 } })
			.toFormat(format)
			.toBuffer();
	known.set(name, picture);
	return picture;
}

/** As the documents have it, in micro-dollars. */
function priceOf(model, { num_images: images = 1 }) {
	if (model.includes("lightning")) return 3_000;
	if (model.includes("klein")) return 6_000 * images;
	return 60_000;
}

export function sha256(bytes) {
	return createHash("sha256").update(bytes).digest("hex");
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
