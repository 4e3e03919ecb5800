import { expect, it } from "vitest";
import { toldWorld } from "./told-world.ts";

const eightSeconds = () => 8_000;

it("a run whose callback comes is read at once, and never looked for", async () => {
	const world = toldWorld({ runMs: eightSeconds });
	expect(await world.run()).toMatchObject({ id: "run-0", state: "succeeded" });
	expect([world.elapsedMs(), world.looks, world.reads]).toEqual([
		8_000,
		[],
		["run-0"],
	]);
	expect(world.notes()).toEqual([]);
});

it("what a callback says is not believed: the run says how it ended, why, and what it cost", async () => {
	const end = () => ({
		state: "failed" as const,
		failure: { code: "CONTENT_MODERATED" },
		costText: "0.05",
	});
	const world = toldWorld({ runMs: eightSeconds, end });
	expect(await world.run()).toMatchObject(end());
});

it("a batch of 200 is read once each, and takes no longer than its runs", async () => {
	const world = toldWorld({ runMs: eightSeconds });
	expect(await world.batch(200, 20)).toBe(80_000);
	expect([world.looks.length <= 6, world.reads.length]).toEqual([true, 200]);
	expect(world.notes()).toEqual([]);
});

it("a run that another region still shows as going on is read again a moment later", async () => {
	const world = toldWorld({ runMs: eightSeconds, behindMs: 700 });
	await world.run();
	expect([world.elapsedMs(), world.looks, world.reads.length]).toEqual([
		9_000,
		[],
		3,
	]);
});

it("one whose callback got lost is found by a look, within fifteen seconds", async () => {
	const tellMs = (number: number) => (number === 1 ? undefined : 0);
	const world = toldWorld({ runMs: eightSeconds, tellMs });
	await Promise.all([world.run(), world.run()]);
	expect([world.elapsedMs(), world.reads]).toEqual([
		15_000,
		["run-0", "run-1"],
	]);
	expect(world.notes()).toEqual([]);
});

it("where no callback comes at all, that is said, once", async () => {
	const world = toldWorld({ runMs: eightSeconds, tellMs: () => undefined });
	await world.batch(3, 1);
	expect(world.notes()).toEqual([
		"no callback came for run run-0: asking the service instead (does the callback URL reach this machine?)",
	]);
});

it("where runs can't be listed each is asked for by itself, callbacks or not", async () => {
	const world = toldWorld({
		runMs: eightSeconds,
		tellMs: () => undefined,
		refusal: 403,
	});
	const states = (await Promise.all([world.run(), world.run()])).map(
		({ state }) => state,
	);
	expect(states).toEqual(["succeeded", "succeeded"]);
	expect(world.looks).toHaveLength(1);
	expect([...world.reads].sort()).toEqual(["run-0", "run-1"]);
});

it("an interrupt ends the wait", async () => {
	const world = toldWorld({ runMs: eightSeconds });
	const ended = world.run().catch((error: Error) => error);
	world.controller.abort(new Error("stopped"));
	expect(await ended).toMatchObject({ message: "stopped" });
});

it("a run that goes on beyond its time is left, after a last look", async () => {
	const world = toldWorld({
		runMs: () => 600_000,
		tellMs: () => undefined,
		timeoutMs: 20_000,
	});
	await expect(world.run()).rejects.toMatchObject({ code: "timeout" });
	expect([world.elapsedMs(), world.reads]).toEqual([
		20_000,
		["run-0", "run-0"],
	]);
});
