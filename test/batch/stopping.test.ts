import { expect, it } from "vitest";
import { createStoppingClient } from "../../src/batch/stopping.ts";
import { Failure } from "../../src/errors.ts";
import type { RunflowClient } from "../../src/runflow/client.ts";
import {
	type Answer,
	FakeClient,
	makeRun,
	problem,
	reset,
} from "../jobs/fake-client.ts";

const order = { model: "m", body: "{}", idempotencyKey: "ref" };

function create(
	answer: Answer<ReturnType<typeof makeRun>>,
	putAside = () => {},
) {
	const service = new FakeClient({ create: [answer] });
	const stop = new AbortController();
	const inner = {
		createRun: service.createRun.bind(service),
	} as Partial<RunflowClient> as RunflowClient;
	const client = createStoppingClient(inner, stop, putAside);
	return { client, stop, orders: service.orders };
}

it.each([
	["a refused key", problem(401), "auth"],
	["no credit", problem(402), "no_credit"],
	["an unknown model", problem(404), "bad_response"],
])("%s stops the batch with the first answer", async (_what, answer, code) => {
	const { client, stop } = create(answer);
	await expect(client.createRun(order)).rejects.toBe(answer);
	expect(stop.signal.reason).toMatchObject({ code });
});

it.each([
	["a rate limit", problem(429)],
	["a server in trouble", problem(503)],
	["a refused input", problem(422)],
	["a lost connection", reset],
	["a page of a proxy", problem(404, { fromService: false })],
])("%s stops nothing", async (_what, answer) => {
	const { client, stop } = create(answer);
	await expect(client.createRun(order)).rejects.toBe(answer);
	expect(stop.signal.aborted).toBe(false);
});

it("once it is stopped no order is sent, and none counts as bought", async () => {
	const { client, stop, orders } = create(makeRun());
	stop.abort(new Failure("interrupted", "stopped by SIGINT"));
	await expect(client.createRun(order)).rejects.toMatchObject({
		code: "interrupted",
		charged: "no",
	});
	expect(orders).toEqual([]);
});

it("what the purse refuses is not sent", async () => {
	const { client, orders } = create(makeRun(), () => {
		throw new Failure("over_budget", "too much");
	});
	await expect(client.createRun(order)).rejects.toMatchObject({
		code: "over_budget",
		charged: "no",
	});
	expect(orders).toEqual([]);
});

it("else an order goes through as it is", async () => {
	const { client, orders } = create(makeRun());
	expect(await client.createRun(order)).toEqual(makeRun());
	expect(orders).toEqual([order]);
});
