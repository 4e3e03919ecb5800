import { describe, expect, test } from "vitest";
import { buy, findEarlierRun } from "../../src/purchase/buy.ts";
import type { Stage } from "../../src/purchase/job.ts";
import { runJob } from "../../src/purchase/run-job.ts";
import { makeRun, reset } from "./fake-client.ts";
import { failureOf, jobWorld } from "./job-world.ts";

const first = makeRun({ id: "run-0", state: "succeeded" });
const second = makeRun({ id: "run-1" });
const repeats = { ref: "ref-0", runId: "run-0" };
const sending: Stage = { name: "sending", sentAt: "2026-11-03T12:00:00.000Z" };
const found = (...runs: (typeof first)[]) => ({ runs, complete: true });

describe("an order that is sent once more under its key", () => {
	test("has bought nothing where it is answered with the run that it repeats", async () => {
		const world = await jobWorld({ create: [first] });
		const held = await world.hold({ repeats });
		expect(await runJob(held, "image", world.context)).toEqual([]);
		expect(world.client.orders).toMatchObject([{ idempotencyKey: "ref-0" }]);
		expect([await world.jobOnDisk(), world.client.reads]).toEqual([
			undefined,
			[],
		]);
	});

	test("is a purchase like any other where it is answered with another run", async () => {
		const world = await jobWorld({ create: [second] });
		const held = await world.hold({ repeats });
		expect(await buy(held, world.context)).toMatchObject({ id: "run-1" });
		expect(held.job.stage.name).toBe("bought");
	});

	test("is looked up by its key where the answer is lost, and the run that it repeats is not taken for its own", async () => {
		const world = await jobWorld({
			create: [reset],
			find: [found(first), found(first, second)],
		});
		const held = await world.hold({ repeats });
		expect(await buy(held, world.context)).toMatchObject({ id: "run-1" });
		expect(world.client.searches[0]).toEqual({
			ref: "ref-0",
			clientRef: "ref-0",
		});
	});

	test("left by a kill, it bought nothing where only the run that it repeats is there", async () => {
		const world = await jobWorld({ find: Array(8).fill(found(first)) });
		const held = await world.hold({ repeats, stage: sending });
		expect(await findEarlierRun(held, world.context)).toBeUndefined();
	});
});

describe("how late the service lists runs, as it was seen,", () => {
	const search = async (delayMs: number | undefined, looks: number) => {
		const find = Array(looks).fill(found());
		const own = { listingDelayMs: async () => delayMs };
		const world = await jobWorld({ find }, own);
		const held = await world.hold({ stage: sending });
		return { world, outcome: findEarlierRun(held, world.context) };
	};

	test.each([
		[undefined, 8, [250, 750, 1_000, 2_000, 4_000, 8_000, 14_000]],
		[1_000, 5, [250, 750, 1_000, 2_000]],
		[10_000, 7, [250, 750, 1_000, 2_000, 4_000, 2_000]],
	])(
		"is the grace, but for a few seconds that any service may take: %s ms",
		async (delayMs, looks, sleeps) => {
			const { world, outcome } = await search(delayMs, looks);
			expect(await outcome).toBeUndefined();
			expect(world.clock.sleeps).toEqual(sleeps);
			expect(world.client.unused).toBe(0);
		},
	);

	test("leaves it open whether an order was taken, where no listing ever showed one", async () => {
		const { outcome } = await search(Number.POSITIVE_INFINITY, 5);
		expect(await failureOf(outcome)).toMatchObject({
			code: "unknown_charge",
			message: expect.stringContaining("does not list an order"),
		});
	});
});
