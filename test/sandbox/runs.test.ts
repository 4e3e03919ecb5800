import { expect, test } from "vitest";
import { buy, call, fakeNow, start, ultra } from "./start.ts";

test("a run is created queued, with every field that is not decided null", async () => {
	const time = fakeNow();
	const sandbox = await start({ now: time.now });

	const { status, headers, json } = await buy(sandbox, {
		metadata: { job: "7" },
		client_ref: "ref",
	});

	expect(status).toBe(201);
	expect(headers.get("x-flux-ultra-sandbox")).toBe("1");
	expect(json).toEqual({
		id: expect.stringMatching(
			/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
		),
		status_code: "queued",
		model_id: expect.any(String),
		input: { prompt: "a garden", seed: 42 },
		output: null,
		cost: null,
		duration_ms: null,
		client_ref: "ref",
		metadata: { job: "7" },
		request_id: headers.get("x-request-id"),
		jurisdiction_code: null,
		created_at: "2026-11-03T12:00:00.000Z",
		started_at: null,
		completed_at: null,
		nodes_total: 1,
		nodes_completed: 0,
		has_logs: true,
		failure_code: null,
		failure_message: null,
		failure_stage_code: null,
	});
});

test("a run is queued, then handed over, then running, then succeeded, as time goes on", async () => {
	const time = fakeNow();
	const sandbox = await start({ now: time.now, latencyMs: 8_000 });
	const { json } = await buy(sandbox);
	const statuses: string[] = [];
	for (const ms of [0, 900, 150, 4_000, 2_950]) {
		time.advance(ms);
		const run = await call(sandbox, `/v1/runs/${json.id}`);
		statuses.push(String(run.json.status_code));
	}

	expect(statuses).toEqual([
		"queued",
		"queued",
		"dispatching",
		"running",
		"succeeded",
	]);
	const { json: run } = await call(sandbox, `/v1/runs/${json.id}`);
	expect(run).toMatchObject({
		cost: "0.060",
		duration_ms: 6_800,
		started_at: "2026-11-03T12:00:01.200Z",
		completed_at: "2026-11-03T12:00:08.000Z",
		nodes_completed: 1,
		output: {
			outputs: [
				{
					url: expect.stringContaining(sandbox.storageUrl),
					type: "image",
					width: 2752,
					height: 1536,
				},
			],
			seed: 42,
			timing: null,
			nsfw_detected: false,
		},
	});
});

test("a run without a seed says which one was made, the same at each reading", async () => {
	const sandbox = await start();
	const { json } = await buy(sandbox, { input: { prompt: "a garden" } });
	const first = await call(sandbox, `/v1/runs/${json.id}`);
	const second = await call(sandbox, `/v1/runs/${json.id}?add_signature=true`);

	expect(Number.isSafeInteger(first.json.output?.seed)).toBe(true);
	expect(second.json.output?.seed).toBe(first.json.output?.seed);
});

test("latencies are drawn from the range that was given", async () => {
	const time = fakeNow();
	const sandbox = await start({
		now: time.now,
		latencyMs: { min: 100, max: 200 },
	});
	const { json } = await buy(sandbox);
	time.advance(99);
	const early = await call(sandbox, `/v1/runs/${json.id}`);
	time.advance(101);
	const late = await call(sandbox, `/v1/runs/${json.id}`);

	expect(early.json.status_code).toBe("running");
	expect(late.json.status_code).toBe("succeeded");
});

test("a run that nobody made is 404 RUN_NOT_FOUND with the id of the request", async () => {
	const sandbox = await start();
	const { status, json, headers } = await call(sandbox, "/v1/runs/nothing");

	expect(status).toBe(404);
	expect(json).toEqual({
		code: "RUN_NOT_FOUND",
		message: "Run nothing was not found",
		errors: null,
		request_id: headers.get("x-request-id"),
	});
});

test("logs tell what has happened so far", async () => {
	const time = fakeNow();
	const sandbox = await start({
		now: time.now,
		latencyMs: 1_000,
		faults: ["failed"],
	});
	const { json } = await buy(sandbox);
	const atFirst = await call(sandbox, `/v1/runs/${json.id}/logs`);
	time.advance(1_000);
	const atLast = await call(sandbox, `/v1/runs/${json.id}/logs`);

	expect(atFirst.json.items).toHaveLength(1);
	expect(atLast.json.items).toMatchObject([
		{ level_code: "info", message: "Run accepted" },
		{ level_code: "info", message: "Model started" },
		{ level_code: "error", timestamp: "2026-11-03T12:00:01.000Z" },
	]);
});

test("statuses, health, and who a key belongs to", async () => {
	const sandbox = await start();
	const statuses = await call(sandbox, "/v1/runs/statuses");
	const health = await call(sandbox, "/v1/health", { key: null });
	const me = await call(sandbox, "/v1/auth/me");

	expect(statuses.json.items).toContainEqual({
		code: "partial_succeeded",
		is_final: true,
	});
	expect([health.status, health.json]).toEqual([200, { status: "ok" }]);
	expect((await call(sandbox, "/v1/readiness", { key: null })).status).toBe(
		200,
	);
	expect(me.status).toBe(200);
});

test.each([
	["without a key", null, "/v1/runs/statuses", 401, "UNAUTHORIZED"],
	["with another key", "rf_real", "/v1/runs/statuses", 401, "UNAUTHORIZED"],
	["to no endpoint", undefined, "/v1/nothing", 404, "NOT_FOUND"],
	[
		"with a method it lacks",
		undefined,
		"/v1/asset-uploads",
		405,
		"METHOD_NOT_ALLOWED",
	],
])("a request %s is refused", async (_name, key, path, status, code) => {
	const sandbox = await start();
	const reply = await call(sandbox, path, { key });

	expect([reply.status, reply.json.code]).toEqual([status, code]);
});

test.each([
	["broken JSON", "{", {}, 400],
	["a list", "[]", {}, 400],
	["a form", "prompt=x", { "content-type": "text/plain" }, 415],
])("%s is no body of a run", async (_name, body, headers, status) => {
	const sandbox = await start();
	const reply = await call(sandbox, `${ultra}/runs`, { body, headers });

	expect(reply.status).toBe(status);
	expect(sandbox.summary().runs).toBe(0);
});

test.each([
	[{ input: undefined }, ["body", "input"]],
	[{ input: { seed: 1 } }, ["body", "input", "prompt"]],
	[{ input: { prompt: "" } }, ["body", "input", "prompt"]],
	[{ input: { prompt: 7 } }, ["body", "input", "prompt"]],
	[{ input: { prompt: "x", seed: 1.5 } }, ["body", "input", "seed"]],
	[{ input: { prompt: "x", seed: -1 } }, ["body", "input", "seed"]],
	[{ input: { prompt: "x", steps: 4 } }, ["body", "input", "steps"]],
	[{ client_ref: "x".repeat(256) }, ["body", "client_ref"]],
	[{ callback_url: "not a url" }, ["body", "callback_url"]],
	[
		{ callback_url: `http://127.0.0.1/${"x".repeat(2_048)}` },
		["body", "callback_url"],
	],
])("%j is refused with 422 and names the field", async (body, loc) => {
	const sandbox = await start();
	const { status, json } = await buy(sandbox, body);

	expect([status, json.code]).toEqual([422, "VALIDATION_ERROR"]);
	expect(json.errors).toEqual([{ loc, msg: expect.any(String) }]);
});

test("the path without the owner is not found, unless short-path turns that round", async () => {
	const sandbox = await start();
	const body = { input: { prompt: "x" } };
	const short = "/v1/models/flux-1-1-pro-ultra/runs";
	const refused = await call(sandbox, short, { body });

	expect([refused.status, refused.json.code]).toEqual([404, "MODEL_NOT_FOUND"]);
});

test("the same idempotency key and body replays the stored answer; another body conflicts", async () => {
	const sandbox = await start();
	const key = { "idempotency-key": "k1" };
	const first = await buy(sandbox, {}, key);
	await call(sandbox, `/v1/runs/${first.json.id}`);
	const again = await buy(sandbox, {}, key);
	const other = await buy(sandbox, { client_ref: "other" }, key);

	expect([again.status, again.json]).toEqual([201, first.json]);
	expect([other.status, other.json.code]).toEqual([409, "CONFLICT"]);
	expect(sandbox.summary()).toMatchObject({ runs: 1, bought: 1 });
});

test("without an idempotency key every POST is a run that is paid for", async () => {
	const sandbox = await start();
	await buy(sandbox);
	await buy(sandbox);

	expect(sandbox.summary()).toEqual({
		runs: 2,
		bought: 2,
		images: 2,
		failed: 0,
		spentUsd: 0.12,
		requests: 2,
	});
});

test("a body that is too large is 413", async () => {
	const sandbox = await start();
	const prompt = "x".repeat(9 * 1024 * 1024);
	const { status } = await buy(sandbox, { input: { prompt } });

	expect(status).toBe(413);
});
