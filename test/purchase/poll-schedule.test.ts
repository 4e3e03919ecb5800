import { expect, it } from "vitest";
import { createPollSchedule } from "../../src/purchase/poll/poll-schedule.ts";
import { makeRun } from "./fake-client.ts";

/** A run that took so long by the service's clock. */
function lasting(ms: number) {
	return makeRun({
		createdAt: "2026-11-03T12:00:00.000Z",
		completedAt: new Date(Date.UTC(2026, 10, 3, 12) + ms).toISOString(),
	});
}

/** How long after `nowMs` the next look is, once runs of these lengths were seen. */
function gap(
	seen: readonly number[],
	agesMs: readonly number[],
	nowMs = 1_000_000,
): number {
	const schedule = createPollSchedule();
	for (const ms of seen) schedule.learn(lasting(ms), 99_999);
	const starts = agesMs.map((age) => nowMs - age);
	return Math.round(schedule.nextPoll(starts, nowMs) - nowMs);
}

it.each<[string, readonly number[], readonly number[], number]>([
	["nothing is known yet", [], [0], 250],
	["none has ever ended so soon", [4_000, 6_000], [1_000], 3_000],
	["the oldest of several may end first", [4_000, 6_000], [1_000, 3_500], 500],
	["it may end at any moment now", [4_000, 6_000], [4_000], 750],
	["a moment before it may end", [4_000], [3_990], 50],
	["short runs are not asked after without a pause", [100], [100], 50],
	[
		"long runs are not left for more than two seconds",
		[60_000],
		[60_000],
		2_000,
	],
	[
		"one that takes much longer than all others can wait",
		[4_000],
		[8_000],
		800,
	],
	[
		"one that takes very much longer waits no more than two seconds",
		[4_000],
		[90_000],
		2_000,
	],
])("%s", (_what, seen, ages, expected) => {
	expect(gap(seen, ages)).toBe(expected);
});

it("many runs under way are looked at more often, up to a bound", () => {
	const gaps = [2, 16, 40, 60, 400].map((count) =>
		gap([3_000], Array(count).fill(3_000)),
	);
	expect(gaps).toEqual([375, 375, 150, 100, 100]);
});

it("where the service tells no times, its own count of the wait is what it learns from", () => {
	const schedule = createPollSchedule();
	schedule.learn(makeRun(), 5_000);
	expect(schedule.nextPoll([0], 1_000)).toBe(5_000);
});

it("it follows a change of load: only the last runs count", () => {
	expect(gap([500, ...Array(40).fill(4_000)], [0])).toBe(4_000);
});
