import { expect, test } from "vitest";
import { parseFault } from "../../src/sandbox/faults/parse.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { buy, call, start, ultra } from "./start.ts";

/** What a POST that buys came to: status and the code of the error, or that there was no whole answer. */
function outcome(sandbox: Sandbox): Promise<string> {
	return buy(sandbox).then(
		({ status, json, text }) =>
			`${status} ${json?.code ?? (json?.id ? "run" : text.slice(0, 15))}`,
		(error: Error) => `no answer: ${codeOf(error)}`,
	);
}

function codeOf(error: Error): string {
	const cause = error.cause as { code?: string } | undefined;
	return cause?.code ?? error.message;
}

test.each([
	["reset-before", "no answer: ECONNRESET", 0],
	["reset-after", "no answer: ECONNRESET", 1],
	["cut", "no answer: UND_ERR_SOCKET", 1],
	["html", "200 <!DOCTYPE html>", 0],
	["html-502", "502 <!DOCTYPE html>", 0],
	["503-html", "503 <!DOCTYPE html>", 0],
	["html-after", "502 <!DOCTYPE html>", 1],
	["garbage", '201 {"id": "019e\u0000 <', 1],
	["nonsense", '201 {"ok": true}', 1],
	["empty", "201 ", 1],
	["429", "429 RATE_LIMITED", 0],
	["429-retry-after", "429 RATE_LIMITED", 0],
	["5xx", "500 INTERNAL_ERROR", 0],
	["500", "500 INTERNAL_ERROR", 0],
	["502", "502 SERVICE_UNAVAILABLE", 0],
	["503", "503 SERVICE_UNAVAILABLE", 0],
	["504", "504 SERVICE_UNAVAILABLE", 0],
	["500-after", "500 INTERNAL_ERROR", 1],
	["503-after", "503 SERVICE_UNAVAILABLE", 1],
	["400", "400 BAD_REQUEST", 0],
	["409", "409 CONFLICT", 0],
	["422", "422 VALIDATION_ERROR", 0],
	["post:404", "404 MODEL_NOT_FOUND", 0],
	["post:moderated", "422 CONTENT_MODERATED", 0],
	["no-key", "401 UNAUTHORIZED", 0],
	["forbidden", "403 PERMISSION_DENIED", 0],
	["email-not-verified", "403 EMAIL_NOT_VERIFIED", 0],
	["no-organization", "403 ORGANIZATION_MEMBERSHIP_REQUIRED", 0],
	["no-credit", "402 INSUFFICIENT_CREDIT", 0],
	["model-unavailable", "503 MODEL_UNAVAILABLE", 0],
	["short-path", "404 MODEL_NOT_FOUND", 0],
	["status-200", "200 run", 1],
])(
	"%s: the first POST comes to %j with %i runs made, the second is well",
	async (fault, expected, runs) => {
		const name = fault.includes(":") ? fault : `post:${fault}`;
		const sandbox = await start({ faults: [`${name}@1`] });

		expect((await outcome(sandbox)).replace(/(.{0,20}).*/s, "$1")).toBe(
			expected.slice(0, 20),
		);
		expect(sandbox.summary().runs).toBe(runs);
		expect(await outcome(sandbox)).toBe("201 run");
	},
);

test.each([
	["hang-before", 0],
	["hang-after", 1],
])("%s: silence, with %i runs made", async (fault, runs) => {
	let decide = () => {};
	const decided = new Promise<void>((resolve) => {
		decide = resolve;
	});
	const sandbox = await start({
		faults: [fault],
		onRequest: ({ status }) => status === 0 && decide(),
	});
	let end = "silence";
	const hanging = outcome(sandbox).then((answer) => {
		end = answer;
	});
	await decided;
	await call(sandbox, "/v1/health");

	expect([end, sandbox.summary().runs]).toEqual(["silence", runs]);
	await sandbox.stop();
	await hanging;
});

test("slow: the answer comes late", async () => {
	const sandbox = await start({ faults: ["slow=40ms"] });
	const startedAt = performance.now();
	const { status } = await call(sandbox, "/v1/health");

	expect(status).toBe(200);
	expect(performance.now() - startedAt).toBeGreaterThan(35);
});

test("429-retry-after: in whole seconds; plain 429 has none", async () => {
	const sandbox = await start({
		faults: ["429-retry-after=1500ms@1", "429@2"],
	});
	const first = await buy(sandbox);
	const second = await buy(sandbox);

	expect(first.headers.get("retry-after")).toBe("2");
	expect(second.headers.get("retry-after")).toBeNull();
});

test("5xx: each status in turn", async () => {
	const sandbox = await start({ faults: ["5xx"] });
	const statuses: number[] = [];
	for (let turn = 0; turn < 5; turn++)
		statuses.push((await call(sandbox, "/v1/health")).status);

	expect(statuses).toEqual([500, 502, 503, 504, 500]);
});

test.each([
	[
		"error-nested",
		{ error: { code: "RUN_NOT_FOUND", message: "Run x was not found" } },
	],
	["error-string", { error: "Run x was not found" }],
	["error-detail", { detail: "Run x was not found" }],
])("%s: errors in another shape", async (fault, shape) => {
	const sandbox = await start({ faults: [fault] });

	expect((await call(sandbox, "/v1/runs/x")).json).toEqual(shape);
});

test("poll:404: the run exists, and is not found", async () => {
	const sandbox = await start({ faults: ["poll:404@1"] });
	const { json } = await buy(sandbox);
	const first = await call(sandbox, `/v1/runs/${json.id}`);
	const second = await call(sandbox, `/v1/runs/${json.id}`);

	expect([first.json.code, second.json.id]).toEqual(["RUN_NOT_FOUND", json.id]);
});

test("sparse: nothing but id, status and output", async () => {
	const sandbox = await start({ faults: ["post:sparse", "poll:sparse"] });
	const { json } = await buy(sandbox);
	const run = await call(sandbox, `/v1/runs/${json.id}`);

	expect(Object.keys(json)).toEqual(["id", "status_code"]);
	expect(Object.keys(run.json)).toEqual(["id", "status_code", "output"]);
});

test("no-idempotency: each POST is a new paid run", async () => {
	const sandbox = await start({ faults: ["no-idempotency"] });
	const key = { "idempotency-key": "k" };
	const first = await buy(sandbox, {}, key);
	const second = await buy(sandbox, {}, key);

	expect(second.json.id).not.toBe(first.json.id);
	expect(sandbox.summary().spentUsd).toBe(0.12);
});

test("short-path: only the path without the owner is known", async () => {
	const sandbox = await start({ faults: ["short-path"] });
	const body = { input: { prompt: "x" } };
	const long = await call(sandbox, `${ultra}/runs`, { body });
	const short = "/v1/models/flux-1-1-pro-ultra/runs";
	const run = await call(sandbox, short, { body });

	expect([long.status, long.json.code]).toEqual([404, "MODEL_NOT_FOUND"]);
	expect([run.status, run.json.status_code]).toEqual([201, "queued"]);
});

test("unknown-inputs: accepted and ignored", async () => {
	const sandbox = await start({ faults: ["unknown-inputs"] });
	const { status } = await buy(sandbox, { input: { prompt: "x", steps: 4 } });

	expect(status).toBe(201);
});

test("several faults can be on, and be changed under way", async () => {
	const sandbox = await start({
		faults: ["429@1", "reset-after@2", "slow=5ms"],
	});
	const first = [await outcome(sandbox), await outcome(sandbox)];
	sandbox.setFaults([parseFault("no-credit")]);

	expect([...first, await outcome(sandbox)]).toEqual([
		"429 RATE_LIMITED",
		"no answer: ECONNRESET",
		"402 INSUFFICIENT_CREDIT",
	]);
});

test.each([
	["auth:no-key", "/v1/auth/me", 401],
	["list:500", "/v1/runs", 500],
	["list:404", "/v1/runs", 404],
	["logs:500", "/v1/runs/x/logs", 500],
	["balance:500", "/v1/billing/balance", 500],
	["balance:forbidden", "/v1/credit-balances", 403],
	["models:404", ultra, 404],
	["models:503", "/v1/public/models", 503],
	["any:502", "/v1/nothing", 502],
])("%s strikes there and nowhere else", async (fault, path, status) => {
	const sandbox = await start({ faults: [`${fault}@1`] });
	if (!fault.startsWith("any:")) await call(sandbox, "/v1/health");

	expect((await call(sandbox, path)).status).toBe(status);
});
