import { expect, test } from "vitest";
import { call, fakeNow, list, start, ultra } from "./start.ts";

const three = [
	{ prompt: "a", client_ref: "ref-a" },
	{ prompt: "b", seed: 2 },
	{ prompt: "c" },
];

test("a batch makes a run of each object, all queued", async () => {
	const time = fakeNow();
	const sandbox = await start({ now: time.now });
	const { status, json } = await call(sandbox, `${ultra}/batches`, {
		body: { input: three, metadata: { batch: 1 } },
	});

	expect(status).toBe(201);
	expect(json).toMatchObject({
		id: expect.any(String),
		status_code: "queued",
		items_total: 3,
		items_succeeded: 0,
		items_failed: 0,
		items_cancelled: 0,
		metadata: { batch: 1 },
		items: [
			{ sequence_index: 0, status_code: "queued", client_ref: "ref-a" },
			{ sequence_index: 1, status_code: "queued", client_ref: null },
			{ sequence_index: 2, status_code: "queued", client_ref: null },
		],
	});
	const run = await call(sandbox, `/v1/runs/${json.items?.[1]?.run_id}`);
	expect(run.json).toMatchObject({
		status_code: "succeeded",
		input: { prompt: "b", seed: 2 },
		metadata: { batch: 1 },
	});
	expect(sandbox.summary()).toMatchObject({ runs: 3, spentUsd: 0.18 });
});

test.each([
	[["run:failed@2"], "partial_succeeded", [2, 1, 0]],
	[["run:canceled@1"], "partial_succeeded", [2, 0, 1]],
	[["canceled"], "canceled", [0, 0, 3]],
	[["failed"], "failed", [0, 3, 0]],
	[[], "succeeded", [3, 0, 0]],
	[["run:long=60m@3"], "running", [2, 0, 0]],
])("with %j it ends as %s", async (faults, status, counts) => {
	let nowMs = Date.now();
	const sandbox = await start({ faults, now: () => nowMs });
	const { json } = await call(sandbox, `${ultra}/batches`, {
		body: { input: three },
	});
	nowMs += 1_000;
	const batch = await call(sandbox, `/v1/batches/${json.id}`);
	const { items_succeeded, items_failed, items_cancelled } = batch.json;

	expect(batch.json.status_code).toBe(status);
	expect([items_succeeded, items_failed, items_cancelled]).toEqual(counts);
});

test("its items come in pages", async () => {
	const sandbox = await start();
	const { json } = await call(sandbox, `${ultra}/batches`, {
		body: { input: three },
	});
	const path = `/v1/batches/${json.id}/items`;
	const first = await call(sandbox, `${path}?limit=2`);
	const second = await call(sandbox, `${path}?limit=2&pq=${first.json.next}`);

	expect(
		[first, second].map((page) =>
			list(page.json.items).map(({ sequence_index }) => sequence_index),
		),
	).toEqual([[0, 1], [2]]);
	expect(second.json.next).toBeNull();
});

test("the same idempotency key buys the batch once", async () => {
	const sandbox = await start();
	const headers = { "idempotency-key": "k" };
	const post = (input: unknown) =>
		call(sandbox, `${ultra}/batches`, { body: { input }, headers });
	const first = await post(three);
	const again = await post(three);
	const other = await post(three.slice(1));

	expect([again.status, again.json]).toEqual([201, first.json]);
	expect(other.status).toBe(409);
	expect(sandbox.summary().runs).toBe(3);
});

test.each([
	[[], ["body", "input"]],
	["text", ["body", "input"]],
	[Array.from({ length: 101 }, () => ({ prompt: "x" })), ["body", "input"]],
	[
		[{ prompt: "x" }, { seed: 1 }],
		["body", "input", 1, "prompt"],
	],
	[
		[{ prompt: "x" }, "text"],
		["body", "input", 1],
	],
	[[{ prompt: "x", client_ref: 7 }], ["body", "input", 0, "client_ref"]],
])("a batch of %j is refused as a whole", async (input, loc) => {
	const sandbox = await start();
	const { status, json } = await call(sandbox, `${ultra}/batches`, {
		body: { input },
	});

	expect(status).toBe(422);
	expect(json.errors).toMatchObject([{ loc }]);
	expect(sandbox.summary().runs).toBe(0);
});

test("a batch that the credit cannot pay is refused as a whole", async () => {
	const sandbox = await start({ balanceUsd: 0.17 });
	const { status } = await call(sandbox, `${ultra}/batches`, {
		body: { input: three },
	});

	expect([status, sandbox.summary().runs]).toEqual([402, 0]);
});

test("no-batches: 422", async () => {
	const sandbox = await start({ faults: ["no-batches"] });
	const { status } = await call(sandbox, `${ultra}/batches`, {
		body: { input: three },
	});

	expect(status).toBe(422);
});

test("a batch that nobody made is 404", async () => {
	const sandbox = await start();
	const replies = await Promise.all(
		["/v1/batches/x", "/v1/batches/x/items"].map((path) => call(sandbox, path)),
	);

	expect(replies.map(({ status }) => status)).toEqual([404, 404]);
});
