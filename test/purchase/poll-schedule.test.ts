import { describe, expect, it, test } from "vitest";
import {
	nextLookMs,
	type RunTimes,
} from "../../src/purchase/poll/poll-schedule.ts";
import { createRandom } from "../../src/sandbox/random.ts";
import { findModel } from "../models/find-model.ts";

/** How long a run takes in milliseconds, by numbers in [0, 1). */
type Shape = (random: () => number) => number;

const { likelyEndMs } = findModel("ultra");
const newModel: RunTimes = { likelyEndMs, pastMs: [] };
const tenSeconds = normal(10_000, 1_000);
/** What a run costs beside its looks: the purchase and the download. */
const otherRequests = 2;

function normal(mean: number, spread: number): Shape {
	return (random) => {
		const radius = Math.sqrt(-2 * Math.log(1 - random()));
		const distance = radius * Math.cos(2 * Math.PI * random());
		return Math.max(mean + spread * distance, 50);
	};
}

function uniform(from: number, to: number): Shape {
	return (random) => from + random() * (to - from);
}

/** Now one, now the other, the second as often as a share of all says. */
function either(one: Shape, other: Shape, share: number): Shape {
	return (random) => (random() < share ? other(random) : one(random));
}

/** Runs of a shape that were seen before. */
function timesOf(
	shape: Shape,
	count: number,
	random = createRandom(1),
): RunTimes {
	return {
		likelyEndMs,
		pastMs: Array.from({ length: count }, () => shape(random)),
	};
}

/** The ages of all looks at a run that ends at an age, the last one after its end. */
function looksAt(times: RunTimes, endMs: number, queueMs = 0): number[] {
	const looks: number[] = [];
	for (let ageMs = 0; ageMs < endMs; ) {
		// The queue is told once it is over.
		const told = ageMs >= queueMs ? queueMs : 0;
		const look = { ageMs, queueMs: told, runs: 1, reads: looks.length };
		ageMs = nextLookMs(times, look);
		looks.push(ageMs);
	}
	return looks;
}

/** What is to be expected of runs of a shape, after so many of them: half are noticed so late, and the mean of their requests. */
function expected(shape: Shape, count: number) {
	const random = createRandom(7);
	const found = Array.from({ length: 20 }, () => {
		const times = timesOf(shape, count, random);
		const looks = looksAt(times, 30_000);
		return Array.from({ length: 200 }, () => {
			const endMs = shape(random);
			const at = looks.findIndex((ageMs) => ageMs >= endMs);
			return {
				lateMs: (looks[at] ?? 0) - endMs,
				requests: at + 1 + otherRequests,
			};
		});
	}).flat();
	const lates = found
		.map(({ lateMs }) => lateMs)
		.sort((one, other) => one - other);
	const requests = found.reduce((sum, one) => sum + one.requests, 0);
	return {
		lateMs: lates[lates.length / 2] ?? 0,
		requests: requests / found.length,
	};
}

describe("runs of 10 s ± 1 s", () => {
	it.each([
		["after twenty of them", 20, 150, 14],
		["after five", 5, 200, 14],
		["after one", 1, 250, 14],
		["after none", 0, 300, 16],
	])("%s", (_name, count, lateMs, requests) => {
		const found = expected(tenSeconds, count);
		expect(found.lateMs).toBeLessThanOrEqual(lateMs);
		expect(found.requests).toBeLessThanOrEqual(requests);
	});

	it.each([
		["that are all alike", normal(10_000, 50), 150, 14],
		[
			"of which one was quick",
			either(tenSeconds, normal(2_000, 100), 0.05),
			200,
			15,
		],
		[
			"of which half take 3 s",
			either(tenSeconds, normal(3_000, 300), 0.5),
			250,
			15,
		],
	] as const)("%s", (_name, shape, lateMs, requests) => {
		const found = expected(shape, 20);
		expect(found.lateMs).toBeLessThanOrEqual(lateMs);
		expect(found.requests).toBeLessThanOrEqual(requests);
	});
});

it.each([1, 3, 10, 30])(
	"runs that all take %i s are looked at right behind that, in place of just before",
	(seconds) => {
		const steady = normal(seconds * 1_000, seconds * 3);
		const found = expected(steady, 20);
		expect(found.lateMs).toBeLessThanOrEqual(10 + seconds * 20);
	},
);

/** A hundred ways in which runs may take their time. */
const shapes: [string, Shape][] = [
	...[1, 2, 3, 4, 6, 8, 10, 12, 15, 25, 40, 59, 90, 300].flatMap((seconds) =>
		[0.001, 0.02, 0.05, 0.1, 0.3].map((spread): [string, Shape] => [
			`${seconds} s ± ${spread * 100} %`,
			normal(seconds * 1_000, seconds * 1_000 * spread),
		]),
	),
	...[1, 3, 10, 30].flatMap((from) =>
		[1.5, 2, 6, 20].map((factor): [string, Shape] => [
			`between ${from} and ${from * factor} s`,
			uniform(from * 1_000, from * factor * 1_000),
		]),
	),
	...[1, 3, 8].flatMap((one) =>
		[2, 5, 15].flatMap((factor) =>
			[0.05, 0.5, 0.95].map((share): [string, Shape] => [
				`${one} s, or ${share * 100} % of them ${one * factor} s`,
				either(
					normal(one * 1_000, one * 100),
					normal(one * factor * 1_000, one * factor * 100),
					share,
				),
			]),
		),
	),
];
const histories = [
	["after none", newModel] as const,
	...shapes.flatMap(([name, shape]) =>
		[1, 20].map(
			(count) => [`after ${count} of ${name}`, timesOf(shape, count)] as const,
		),
	),
].map(([name, times]) => ({ name, times, looks: looksAt(times, 300_000) }));

test("a hundred shapes are tried", () => {
	expect(new Set(shapes.map(([name]) => name)).size).toBeGreaterThanOrEqual(
		100,
	);
});

describe("whatever has been seen", () => {
	it("no run takes more than 30 requests in its first minute", () => {
		const wasteful = histories.filter(({ looks }) => earlyRequests(looks) > 30);
		expect(wasteful.map(({ name }) => name)).toEqual([]);
	});

	it.each([900, 7_000, 30_000, 61_000])(
		"nor one that is in the queue for %i ms",
		(queueMs) => {
			const wasteful = histories.filter(
				({ times }, at) =>
					at % 5 === 0 && earlyRequests(looksAt(times, 60_000, queueMs)) > 30,
			);
			expect(wasteful.map(({ name }) => name)).toEqual([]);
		},
	);

	it("beyond the likely end none is left for more than 5 s, nor for much more than a tenth of its age", () => {
		const starved = histories.flatMap(({ name, times, looks }) => {
			const { pastMs } = times;
			const likelyMs = Math.max(
				...(pastMs.length > 0 ? pastMs : [times.likelyEndMs.to]),
			);
			const gaps = looks.slice(1).map((ageMs, at) => {
				const beforeMs = looks[at] ?? 0;
				// The looks of the first minute may be too few for a tenth.
				const share = beforeMs < 60_000 ? 0.25 : 0.1;
				const mostMs = Math.max(Math.min(beforeMs * share, 5_000), 200);
				return { beforeMs, over: (ageMs - beforeMs) / mostMs };
			});
			const worst = gaps.filter(
				({ beforeMs, over }) => beforeMs > likelyMs && over > 1.001,
			);
			return worst.length > 0 ? [{ name, worst }] : [];
		});
		expect(starved).toEqual([]);
	});

	it("what ends earlier than ever is seen before it is twice as old, from three seconds on", () => {
		for (const { looks } of histories)
			for (const [at, ageMs] of looks.slice(1).entries())
				expect(ageMs / (looks[at] ?? 0)).toBeLessThan(2.01);
		expect(histories.filter(({ looks: [first = 0] }) => first > 3_001)).toEqual(
			[],
		);
	});

	it("the next look is always a later one, from wherever it is asked", () => {
		for (const { times } of histories.filter((_, at) => at % 7 === 0))
			for (const runs of [1, 100])
				for (let ageMs = 0; ageMs < 130_000; ageMs += 9_711)
					for (const reads of [0, 27, 90])
						expect(
							nextLookMs(times, { ageMs, queueMs: 0, runs, reads }) - ageMs,
						).toBeGreaterThan(10);
	});
});

function earlyRequests(looks: readonly number[]): number {
	return looks.filter((ageMs) => ageMs < 60_000 - 1).length + otherRequests;
}

it("a run that takes far longer than all before it is watched ever less", () => {
	const looks = looksAt(timesOf(tenSeconds, 20), 300_000);
	const gaps = looks.slice(1).map((ageMs, at) => ageMs - (looks[at] ?? 0));
	expect(gaps.at(-1)).toBeCloseTo(5_000, -1);
	expect(looks.length).toBeLessThan(28 + 50);
});

it("the time in the queue is not taken for work", () => {
	const times = timesOf(tenSeconds, 20);
	const look = { ageMs: 31_000, queueMs: 30_000, runs: 1, reads: 5 };
	const soonMs = nextLookMs(times, { ...look, queueMs: 0 }) - look.ageMs;
	expect(soonMs).toBeLessThan(3_200);
	expect(nextLookMs(times, look)).toBeGreaterThan(31_500);
	expect(nextLookMs(times, { ...look, ageMs: 36_000 })).toBeGreaterThan(37_000);
});

it("several runs share their looks: one listing is as close as the sum of their likely ends asks for", () => {
	const times = timesOf(tenSeconds, 20);
	const gap = (runs: number) =>
		nextLookMs(times, { ageMs: 9_000, queueMs: 0, runs, reads: 0 }) - 9_000;
	expect(gap(2)).toBeLessThan(gap(1));
	expect(gap(8)).toBe(100);
});

/** The last runs of a batch, a second apart, by listings that are a quarter of a second apart, and a read of the very last. */
function endOfBatch(times: RunTimes, count: number, random: () => number) {
	let left = Array.from({ length: count }, (_, nth) => {
		const madeMs = nth * 1_000;
		const look = { ageMs: 0, queueMs: 0, runs: 1, reads: 0 };
		const dueMs = madeMs + nextLookMs(times, look);
		return { madeMs, endMs: madeMs + tenSeconds(random), dueMs, reads: 0 };
	});
	const lates: number[] = [];
	let requests = 0;
	for (let nowMs = -250; left.length > 0; ) {
		const dueMs = Math.min(...left.map((run) => run.dueMs));
		nowMs = left.length > 1 ? Math.max(dueMs, nowMs + 250) : dueMs;
		requests += 1;
		const runs = left.length;
		for (const { endMs } of left) if (endMs <= nowMs) lates.push(nowMs - endMs);
		left = left.flatMap((run) => {
			if (run.endMs <= nowMs) return [];
			const reads = runs === 1 ? run.reads + 1 : run.reads;
			const look = { ageMs: nowMs - run.madeMs, queueMs: 0, runs, reads };
			if (look.ageMs < 0) return [run];
			return [{ ...run, reads, dueMs: run.madeMs + nextLookMs(times, look) }];
		});
	}
	return {
		lateMs: lates.reduce((sum, late) => sum + late, 0) / count,
		requests,
	};
}

it.each([
	["with a past", 20, 8],
	["without one", 0, 8],
	["with a past", 20, 2],
	["without one", 0, 2],
])(
	"the end of a batch is seen a quarter of a second late at most, %s (of %i runs): %i at the end",
	(_name, seen, count) => {
		const random = createRandom(3);
		const ends = Array.from({ length: 50 }, () =>
			endOfBatch(timesOf(tenSeconds, seen, random), count, random),
		);
		const mean = (of: (end: (typeof ends)[number]) => number) =>
			ends.reduce((sum, end) => sum + of(end), 0) / ends.length;
		expect(mean(({ lateMs }) => lateMs)).toBeLessThan(250);
		expect(mean(({ requests }) => requests / count)).toBeLessThan(18);
	},
);
