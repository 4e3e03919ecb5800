import { readFileSync } from "node:fs";
import { createServer } from "node:http";

/*
 * The part of the Runflow API that a purchase needs, in a process of its own and as cheap as it can be: the sandbox paints and
 * keeps books, and would be the limit of what is measured. Started by service-process.mjs with the files of the two pictures.
 * The prompt says how long its run takes and which picture it brings: "a lighthouse, takes 3000 ms", "…, takes 9000-11000 ms, large".
 */

const [, , usualFile, largeFile] = process.argv;
const pictures = {
	usual: readFileSync(usualFile),
	large: largeFile && readFileSync(largeFile),
};
/** A link of 1 Gbit/s for the large picture; the usual one comes at once, as the network is not the question there. */
const largeBytesPerMs = 125_000;
/** Longer than any client of the bench leaves a connection idle: what is cut just then is another question. */
const options = { keepAliveTimeout: 60_000 };
/** By API key, of which each client that is measured has its own. */
const accounts = new Map();

function accountOf(key) {
	const known = accounts.get(key);
	if (known) return known;
	const account = { requests: 0, runs: new Map(), byRef: new Map() };
	accounts.set(key, account);
	return account;
}

function answer(request, response) {
	const url = new URL(request.url, "http://127.0.0.1");
	const [, area, key, id] = url.pathname.split("/");
	if (area === "pictures") return sendPicture(accountOf(key), id, response);
	const bearer = request.headers.authorization ?? "";
	const account = accountOf(bearer.replace("Bearer ", ""));
	account.requests++;
	if (request.method === "POST" && url.pathname.endsWith("/runs"))
		return takeOrder(request, response, account);
	if (url.pathname === "/v1/runs")
		return send(response, 200, list(url.searchParams, account));
	if (url.pathname.startsWith("/v1/runs/")) {
		const run = account.runs.get(url.pathname.slice("/v1/runs/".length));
		return run
			? send(response, 200, viewOf(run))
			: send(response, 404, { code: "RUN_NOT_FOUND" });
	}
	if (url.pathname === "/v1/credit-balances")
		return send(response, 200, { items: [{ balance_usd: 1_000_000 }] });
	send(response, 404, { code: "NOT_FOUND", message: "no such endpoint" });
}

async function takeOrder(request, response, { runs, byRef }) {
	const chunks = [];
	for await (const chunk of request) chunks.push(chunk);
	const order = JSON.parse(Buffer.concat(chunks).toString());
	const { prompt } = order.input;
	const createdAtMs = Date.now();
	const id = `run${runs.size}`;
	const key = request.headers.authorization.replace("Bearer ", "");
	const run = {
		id,
		order,
		path: `/pictures/${key}/${id}`,
		createdAtMs,
		endsAtMs: createdAtMs + timeOf(prompt, runsMade++),
		picture: prompt.includes("large") ? "large" : "usual",
		pictureAtMs: undefined,
	};
	runs.set(id, run);
	const group = byRef.get(order.client_ref) ?? [];
	byRef.set(order.client_ref, group);
	group.push(run);
	// Only the ideal client reads it.
	response.setHeader("x-bench-ends-at", run.endsAtMs);
	send(response, 201, viewOf(run));
}

let runsMade = 0;

/** Of a range, evenly and in no order, and the same in each run of the bench. */
function timeOf(prompt, number) {
	const [, from, to = from] = /takes (\d+)(?:-(\d+))? ms/.exec(prompt);
	return Math.round(+from + ((number * 0.618_034) % 1) * (to - from));
}

function list(query, { runs, byRef }) {
	const ref = /^client_ref\.EQ:'(.*)'$/.exec(query.get("q") ?? "")?.[1];
	const all = ref === undefined ? [...runs.values()] : (byRef.get(ref) ?? []);
	const limit = Number(query.get("limit") ?? 20);
	const from = Number(query.get("pq") ?? 0);
	const isNewestFirst = query.get("sort_by") === "created_at:desc";
	const page = isNewestFirst
		? all.slice(-from - limit, all.length - from).reverse()
		: all.slice(from, from + limit);
	const fields = query.get("fields")?.split(",");
	const items = page
		.map(viewOf)
		.map((view) =>
			fields
				? Object.fromEntries(fields.map((name) => [name, view[name]]))
				: view,
		);
	const next = from + limit < all.length ? String(from + limit) : null;
	return { items, next };
}

function viewOf({ id, order, path, createdAtMs, endsAtMs }) {
	const hasEnded = Date.now() >= endsAtMs;
	const url = `http://127.0.0.1:${storage.address().port}${path}`;
	return {
		id,
		status_code: hasEnded ? "succeeded" : "running",
		client_ref: order.client_ref ?? null,
		metadata: order.metadata ?? null,
		input: order.input,
		output: hasEnded
			? { outputs: [{ url, type: "image" }], seed: order.input.seed }
			: null,
		cost: hasEnded ? "0.06" : null,
		duration_ms: hasEnded ? endsAtMs - createdAtMs : null,
		created_at: new Date(createdAtMs).toISOString(),
		started_at: new Date(createdAtMs).toISOString(),
		completed_at: hasEnded ? new Date(endsAtMs).toISOString() : null,
	};
}

async function sendPicture(account, id, response) {
	const run = account.runs.get(id);
	run.pictureAtMs ??= Date.now();
	account.requests++;
	const bytes = pictures[run.picture];
	response.writeHead(200, {
		"content-type": "image/jpeg",
		"content-length": bytes.length,
		etag: `"${run.picture}"`,
	});
	if (run.picture === "usual") return response.end(bytes);
	const startedAtMs = performance.now();
	for (let sent = 0; sent < bytes.length; ) {
		const due = (performance.now() - startedAtMs + 5) * largeBytesPerMs;
		const part = bytes.subarray(sent, Math.max(due, sent));
		sent += part.length;
		if (!response.write(part))
			await new Promise((resolve) => response.once("drain", resolve));
		else await new Promise((resolve) => setTimeout(resolve, 2));
	}
	response.end();
}

function send(response, status, body) {
	const text = JSON.stringify(body);
	response
		.writeHead(status, {
			"content-type": "application/json",
			"content-length": Buffer.byteLength(text),
		})
		.end(text);
}

/** What happened in one account. */
function report(key) {
	const { requests, runs } = accountOf(key);
	const told = [...runs.values()].map(
		({ createdAtMs, endsAtMs, pictureAtMs }) => {
			return { createdAtMs, endsAtMs, pictureAtMs };
		},
	);
	return { requests, runs: told };
}

const storage = createServer(options, answer).listen(0, "127.0.0.1");
const api = createServer(options, answer).listen(0, "127.0.0.1", () =>
	process.send({ port: api.address().port }),
);
process.on("message", (key) => process.send({ key, ...report(key) }));
process.on("disconnect", () => process.exit());
