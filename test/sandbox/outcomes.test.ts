import { expect, test } from "vitest";
import { buy, buyAndRead, call, fakeNow, start, ultra } from "./start.ts";

const klein = "/v1/models/black-forest-labs/flux-2-klein-9b";

test.each([
	["moderated", "failed", "CONTENT_MODERATED"],
	["failed", "failed", "PROVIDER_ERROR"],
	["validation-failed", "failed", "INPUT_VALIDATION_FAILED"],
	["errored", "errored", "PROVIDER_ERROR"],
	["timeout", "timeout", "TIMEOUT"],
	["canceled", "canceled", null],
	["cancelled", "cancelled", null],
])("%s: the run ends as %s and is not billed", async (fault, status, code) => {
	const sandbox = await start({ faults: [fault], balanceUsd: 0.06 });
	const run = await buyAndRead(sandbox);
	const balance = await call(sandbox, "/v1/billing/balance");

	expect(run).toMatchObject({
		status_code: status,
		failure_code: code,
		output: null,
		cost: "0.000",
	});
	expect(balance.json.balance).toBe("0.06");
	expect(sandbox.summary()).toMatchObject({
		runs: 1,
		bought: 0,
		failed: 1,
		spentUsd: 0,
	});
});

test("no-output: succeeded and billed, with an output that lists nothing", async () => {
	const sandbox = await start({ faults: ["no-output"] });
	const run = await buyAndRead(sandbox);

	expect(run).toMatchObject({
		status_code: "succeeded",
		cost: "0.060",
		output: { outputs: [] },
	});
});

test("late-output: succeeded first, the output some time later", async () => {
	const time = fakeNow();
	const sandbox = await start({ faults: ["late-output=2s"], now: time.now });
	const { json } = await buy(sandbox);
	const first = await call(sandbox, `/v1/runs/${json.id}`);
	time.advance(2_000);
	const later = await call(sandbox, `/v1/runs/${json.id}`);

	expect(first.json).toMatchObject({ status_code: "succeeded", output: null });
	expect(later.json.output).not.toBeNull();
});

test("partial: half of the pictures, which are what is billed", async () => {
	const sandbox = await start({ faults: ["partial"], priceUsd: 0.1 });
	const body = { input: { prompt: "x", num_images: 3 } };
	const { json } = await call(sandbox, `${klein}/runs`, { body });
	const run = await call(sandbox, `/v1/runs/${json.id}`);

	expect(run.json).toMatchObject({
		status_code: "partial_succeeded",
		cost: "0.200",
	});
	expect(run.json.output?.outputs).toHaveLength(2);
});

test("unknown-status: a status that nobody knows, then success", async () => {
	const time = fakeNow();
	const sandbox = await start({
		faults: ["unknown-status"],
		now: time.now,
		latencyMs: 1_000,
	});
	const { json } = await buy(sandbox);
	time.advance(500);
	const first = await call(sandbox, `/v1/runs/${json.id}`);
	time.advance(500);
	const later = await call(sandbox, `/v1/runs/${json.id}`);

	expect([first.json.status_code, later.json.status_code]).toEqual([
		"warming_up",
		"succeeded",
	]);
});

test("stuck: queued for ever", async () => {
	const time = fakeNow();
	const sandbox = await start({ faults: ["stuck"], now: time.now });
	const { json } = await buy(sandbox);
	time.advance(86_400_000);
	const run = await call(sandbox, `/v1/runs/${json.id}`);

	expect(run.json.status_code).toBe("queued");
});

test("long: takes as long as it is told", async () => {
	const time = fakeNow();
	const sandbox = await start({ faults: ["long=1m"], now: time.now });
	const { json } = await buy(sandbox);
	time.advance(59_999);
	const run = await call(sandbox, `/v1/runs/${json.id}`);

	expect(run.json.status_code).toBe("running");
});

test("no-seed: the output does not tell it", async () => {
	const sandbox = await start({ faults: ["no-seed"] });
	const run = await buyAndRead(sandbox);

	expect(run.output?.seed).toBeNull();
});

test("webp: a picture in another format than the model promises", async () => {
	const sandbox = await start({ faults: ["webp"] });
	const run = await buyAndRead(sandbox);
	const picture = await fetch(String(run.output?.outputs?.[0]?.url));

	expect(picture.headers.get("content-type")).toBe("image/webp");
	expect(await picture.text()).toContain('"format":"webp"');
});

test("credit falls with each run, and a run that it cannot pay is 402", async () => {
	const sandbox = await start({ balanceUsd: 0.13 });
	await buy(sandbox);
	await buy(sandbox);
	const refused = await buy(sandbox);
	const balance = await call(sandbox, "/v1/billing/balance");
	const credit = await call(sandbox, "/v1/credit-balances");

	expect([refused.status, refused.json.code]).toEqual([
		402,
		"INSUFFICIENT_CREDIT",
	]);
	expect(balance.json).toEqual({ balance: "0.01", currency: "USD" });
	expect(credit.json).toEqual({ items: [{ balance_usd: "0.01" }] });
});

test("credit is held for a run while nobody can know its end", async () => {
	const time = fakeNow();
	const sandbox = await start({
		balanceUsd: 0.06,
		faults: ["failed"],
		latencyMs: 1_000,
		now: time.now,
	});
	await buy(sandbox);
	const meanwhile = await buy(sandbox);
	time.advance(1_000);
	const later = await buy(sandbox);

	expect([meanwhile.status, later.status]).toEqual([402, 201]);
});

test.each([
	[
		"balance-cents",
		"/v1/billing/balance",
		{ balance_cents: 1245, currency: "USD" },
	],
	["balance-flat", "/v1/credit-balances", { balance_usd: "12.45" }],
])("%s: the other shape that was met", async (fault, path, shape) => {
	const sandbox = await start({ faults: [fault], balanceUsd: 12.45 });

	expect((await call(sandbox, path)).json).toEqual(shape);
});

test("no-balance: 403 from both endpoints", async () => {
	const sandbox = await start({ faults: ["no-balance"] });
	const replies = await Promise.all([
		call(sandbox, "/v1/billing/balance"),
		call(sandbox, "/v1/credit-balances"),
	]);

	expect(replies.map(({ status }) => status)).toEqual([403, 403]);
});

test("price: every image costs what the option says", async () => {
	const sandbox = await start({ priceUsd: 0.5 });
	const run = await buyAndRead(sandbox);

	expect(run.cost).toBe("0.500");
	expect((await call(sandbox, ultra)).json.pricing_note).toBe(
		"$0.06 per image",
	);
});
