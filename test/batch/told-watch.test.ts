import { describe, expect, it } from "vitest";
import { makeRun } from "../jobs/fake-client.ts";
import { type Behaviour, toldWorld } from "./told-world.ts";

const seconds = (...all: readonly number[]) => all.map((one) => one * 1_000);
const eightSeconds = () => 8_000;

/** How long a batch takes where each run begins as soon as one before it has ended. */
function shortest(
	count: number,
	atOnce: number,
	runMs: (number: number) => number,
): number {
	const freeAtMs: number[] = Array(atOnce).fill(0);
	for (let number = 0; number < count; number += 1) {
		const atMs = Math.min(...freeAtMs);
		freeAtMs[freeAtMs.indexOf(atMs)] = atMs + runMs(number);
	}
	return Math.max(...freeAtMs);
}

describe("where callbacks come", () => {
	it("a run ends when it is told, and nobody asks", async () => {
		const world = toldWorld({ runMs: eightSeconds });
		expect(await world.run()).toMatchObject({
			id: "run-0",
			state: "succeeded",
		});
		expect([world.elapsedMs(), world.looks]).toEqual([8_000, []]);
		expect(world.events).toEqual([]);
	});

	it("a batch of 200 in 80 seconds is not asked for once", async () => {
		const world = toldWorld({ runMs: eightSeconds });
		expect(await world.batch(200, 20)).toBe(80_000);
		expect([world.looks, world.reads, world.notes()]).toEqual([[], [], []]);
	});

	it.each<[string, number, number, (number: number) => number]>([
		["of 30 s each", 1, 20, () => 30_000],
		["of 5 to 25 s", 0, 20, (number) => 5_000 + ((number * 7_919) % 20_000)],
		["of two minutes, all at once,", 3, 200, () => 120_000],
		["that take ever longer", 0, 20, (number) => 5_000 + number * 250],
	])(
		"200 runs %s take %i looks, and no moment longer than they must",
		async (_what, looks, atOnce, runMs) => {
			const world = toldWorld({ runMs });
			expect(await world.batch(200, atOnce)).toBe(shortest(200, atOnce, runMs));
			expect([world.looks.length, world.reads]).toEqual([looks, []]);
			expect(world.notes()).toEqual([]);
		},
	);

	it("what is told a few seconds late is waited for", async () => {
		const world = toldWorld({ runMs: eightSeconds, tellMs: () => 5_000 });
		await world.batch(200, 20);
		expect([world.looks, world.notes()]).toEqual([[], []]);
	});

	it("one that gets lost among others is found by a look of its own", async () => {
		const tellMs = (number: number) => (number % 10 === 9 ? undefined : 0);
		const world = toldWorld({ runMs: eightSeconds, tellMs });
		expect(await world.batch(200, 20)).toBeLessThan(150_000);
		expect(world.looks.length).toBeLessThan(20);
		expect(world.notes()).toEqual([]);
	});

	it("after one that got lost the next look is not put off", async () => {
		const world = toldWorld({
			runMs: eightSeconds,
			tellMs: (number) => ([0, 3].includes(number) ? undefined : 0),
		});
		await world.batch(4, 2);
		expect(world.looks).toEqual(seconds(15, 30));
	});

	it("what is told after a look has shown it did not get lost", async () => {
		const world = toldWorld({
			runMs: (number) => (number === 0 ? 14_000 : 37_600),
			tellMs: (number) => (number === 0 ? 4_000 : 0),
		});
		await world.batch(2, 2);
		expect(world.looks).toEqual([15_000, 37_500]);
		expect(world.notes()).toEqual([]);
	});

	it("what is told while a look is on its way is not taken for going on", async () => {
		const world = toldWorld({ runMs: () => 15_100, listMs: 1_000 });
		await Promise.all([world.run(), world.run()]);
		await world.clock.sleep(2_000);
		expect([world.looks, world.events]).toEqual([seconds(15), []]);
	});

	it("a run of an earlier day is looked at as soon as it is waited for, and says nothing of callbacks", async () => {
		const world = toldWorld({ runMs: eightSeconds });
		const fresh = world.run();
		const adopted = world.run(86_400_000);
		await adopted;
		expect(world.elapsedMs()).toBe(0);
		await fresh;
		await world.batch(20, 20);
		expect([world.looks, world.notes()]).toEqual([[0], []]);
	});

	it("what is told before anybody waits for it counts", async () => {
		const world = toldWorld({ runMs: eightSeconds, tellMs: () => undefined });
		world.inbox.put(makeRun({ id: "run-0", state: "canceled" }));
		expect(await world.run()).toMatchObject({ state: "canceled" });
		expect([world.elapsedMs(), world.looks]).toEqual([0, []]);
	});

	it("nothing sleeps on when all is told: the process can end", async () => {
		const world = toldWorld({ runMs: eightSeconds });
		await Promise.all([world.run(), world.run()]);
		await new Promise((resolve) => setImmediate(resolve));
		expect(world.clock.asleep).toBe(0);
	});
});

describe("where callbacks do not come", () => {
	const silent = { runMs: eightSeconds, tellMs: () => undefined };
	const note = (id: string) =>
		`no callback came for run ${id}: asking the service instead (does the callback URL reach this machine?)`;

	it("it is said once, and from then on the runs are asked for as usual", async () => {
		const world = toldWorld(silent);
		// As long as it takes without callbacks, the first ten seconds apart.
		expect(await world.batch(200, 20)).toBeLessThan(100_000);
		expect(world.looks[0]).toBe(15_000);
		expect(world.notes()).toEqual([note("run-0")]);
	});

	it("a single run is found by a look, which is said", async () => {
		const world = toldWorld(silent);
		expect(await world.run()).toMatchObject({ state: "succeeded" });
		await new Promise((resolve) => setImmediate(resolve));
		expect(world.looks).toEqual(seconds(15));
		expect(world.notes()).toEqual([note("run-0")]);
	});

	it("a single run that had only just ended when it was looked at may still be told", async () => {
		const world = toldWorld({ ...silent, runMs: () => 14_000 });
		await world.run();
		await new Promise((resolve) => setImmediate(resolve));
		expect([world.looks, world.notes()]).toEqual([seconds(15), []]);
	});

	it("a run that goes on is looked at ever more seldom", async () => {
		const world = toldWorld({ ...silent, runMs: () => 290_000 });
		await world.run();
		const [first, ...others] = world.looks;
		const gaps = others.map((at, index) => at - Number(world.looks[index]));
		expect(first).toBe(15_000);
		expect(gaps.slice(0, 3)).toEqual([22_500, 33_750, 50_625]);
		expect(Math.max(...gaps)).toBe(60_000);
	});

	it("it trusts them again as soon as one comes", async () => {
		const tellMs = (_: number, nowMs: number) =>
			nowMs < 60_000 ? undefined : 0;
		const world = toldWorld({ runMs: eightSeconds, tellMs });
		await world.batch(400, 20);
		const times = (from: number, to: number) =>
			world.looks.filter((at) => at >= from && at < to).length;
		expect([times(30_000, 60_000), times(75_000, 200_000)]).toEqual([4, 0]);
		expect(world.notes()).toHaveLength(1);
	});

	it("callbacks that come and stay away in turn are complained of once", async () => {
		const tellMs = (_: number, nowMs: number) =>
			Math.floor(nowMs / 60_000) % 2 === 0 ? undefined : 0;
		const world = toldWorld({ runMs: eightSeconds, tellMs });
		expect(await world.batch(600, 20)).toBeLessThan(300_000);
		expect(world.notes()).toEqual([note("run-0")]);
	});

	it("a run without times of the service counts as ended when it was seen", async () => {
		const world = toldWorld({ ...silent, isTimeless: true });
		await world.batch(60, 20);
		expect(world.looks.slice(0, 2)).toEqual(seconds(15, 25));
		expect(world.notes()).toHaveLength(1);
	});
});

describe("a failure that is told without its reason", () => {
	const moderated = {
		state: "failed",
		status: "failed",
		failure: { code: "CONTENT_MODERATED" },
	} as const;
	const failing: Behaviour = { runMs: eightSeconds, end: () => moderated };

	it("is looked up, so that moderation is told from other failures", async () => {
		const world = toldWorld(failing);
		expect(await world.run()).toMatchObject(moderated);
		expect(world.looks).toEqual(seconds(9));
		expect(world.notes()).toEqual([]);
	});

	it("shares its look with all that failed meanwhile", async () => {
		const world = toldWorld(failing);
		await world.batch(200, 20);
		expect(world.looks).toHaveLength(10);
	});

	it("waits a little for the next look where failures come one by one", async () => {
		const runMs = (number: number) => 5_000 + ((number * 7_919) % 20_000);
		const world = toldWorld({ ...failing, runMs });
		const tookMs = await world.batch(200, 20);
		const gaps = world.looks.map((at, i) => at - (world.looks[i - 1] ?? 0));
		expect(Math.min(...gaps)).toBeGreaterThanOrEqual(5_000);
		expect(tookMs).toBeLessThan(shortest(200, 20, runMs) * 1.5);
	});

	it("is not looked up where it was told why", async () => {
		const world = toldWorld({ ...failing, tellsReasons: true });
		expect(await world.run()).toMatchObject(moderated);
		expect(world.looks).toEqual([]);
	});

	it.each([
		["shows nothing", 19_000, { isBlind: true }],
		["lags behind", 19_000, { isBehind: true }],
		["fails", 60_000, { refusal: 503 }],
	])("holds as it was told where the listing %s", async (_what, ms, more) => {
		const world = toldWorld({ ...failing, ...more, timeoutMs: 60_000 });
		expect(await world.run()).toMatchObject({ state: "failed", failure: {} });
		expect(world.elapsedMs()).toBe(ms);
	});

	it("is asked for alone where listing is not allowed", async () => {
		const world = toldWorld({ ...failing, refusal: 403 });
		expect(await world.run()).toMatchObject(moderated);
		expect([world.elapsedMs(), world.reads]).toEqual([9_000, ["run-0"]]);
	});
});

describe("as without callbacks", () => {
	it("an interrupt ends every wait at once", async () => {
		const world = toldWorld({ runMs: eightSeconds });
		const waits = Promise.allSettled([world.run(), world.run()]);
		world.controller.abort("interrupted");
		expect(await waits).toEqual([
			{ status: "rejected", reason: "interrupted" },
			{ status: "rejected", reason: "interrupted" },
		]);
		expect(world.looks).toEqual([]);
	});

	it("a run is given up at its time, after a last look", async () => {
		const world = toldWorld({
			runMs: () => 3_600_000,
			tellMs: () => undefined,
			timeoutMs: 20_000,
		});
		await expect(world.run()).rejects.toMatchObject({
			code: "timeout",
			hint: "it is paid and nothing is lost: flux-ultra resume",
		});
		expect(world.looks).toEqual(seconds(15, 20));
	});

	it("a refused key ends every wait", async () => {
		const world = toldWorld({
			runMs: eightSeconds,
			tellMs: () => undefined,
			refusal: 401,
		});
		const waits = await Promise.allSettled([world.run(), world.run()]);
		expect(
			waits.map((one) => one.status === "rejected" && one.reason.code),
		).toEqual(["auth", "auth"]);
	});

	it("where listing is not allowed, a run is left alone until it should have been told", async () => {
		const world = toldWorld({
			runMs: () => 20_000,
			refusal: 403,
			tellMs: (number) => (number === 0 ? 0 : undefined),
		});
		await world.run();
		await world.run();
		expect(world.looks).toEqual(seconds(15));
		expect(world.reads).toEqual(["run-0", "run-1", "run-1"]);
		expect(world.elapsedMs()).toBeLessThan(50_000);
	});

	it("a run that is told while it is asked for alone has ended", async () => {
		const world = toldWorld({ runMs: () => 16_100, refusal: 403 });
		expect(await world.run()).toMatchObject({ state: "succeeded" });
		expect(world.elapsedMs()).toBe(16_100);
	});
});
