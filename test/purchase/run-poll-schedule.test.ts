import { describe, expect, test } from "vitest";
import {
	type LikelyEnd,
	nextPollMs,
} from "../../src/purchase/poll/run-poll-schedule.ts";
import { findModel } from "../models/find-model.ts";

const likelyEnds: Record<string, LikelyEnd> = {
	Ultra: findModel("ultra").likelyEndMs,
	"FLUX 1.1 [pro]": findModel("pro").likelyEndMs,
	"SDXL-Lightning": findModel("lightning").likelyEndMs,
	"GPT Image 2": findModel("gpt-image-2").likelyEndMs,
	"FLUX.2 [klein]": findModel("klein").likelyEndMs,
	"a model of somebody": findModel("some/body").likelyEndMs,
	"a model that ends at once": { from: 0, to: 1_000 },
	"a model of one moment": { from: 5_000, to: 5_000 },
};
const ultra = likelyEnds.Ultra as LikelyEnd;

/** Every look at a run that does not end before `untilMs`, in milliseconds after its creation. */
function looksUntil(likely: LikelyEnd, untilMs: number): number[] {
	const looks: number[] = [];
	let at = nextPollMs(likely, 0);
	while (at < untilMs) {
		looks.push(at);
		at = nextPollMs(likely, at);
	}
	return looks;
}

describe.each(Object.entries(likelyEnds))(
	"the pace for %s",
	(_name, likely) => {
		test("takes at most 28 looks in the first minute", () => {
			expect(looksUntil(likely, 60_000).length).toBeLessThanOrEqual(28);
		});

		test("takes a look every five seconds after it", () => {
			const late = looksUntil(likely, 120_000).filter((at) => at >= 62_000);
			expect(late[0]).toBe(65_000);
			expect(new Set(gaps(late))).toEqual(new Set([5_000]));
		});

		test("always goes on to a later moment, from wherever it is asked", () => {
			for (let elapsed = 0; elapsed < 130_000; elapsed += 37.3)
				expect(nextPollMs(likely, elapsed)).toBeGreaterThan(elapsed);
		});

		test("never looks twice within a tenth of a second", () => {
			expect(Math.min(...gaps(looksUntil(likely, 120_000)))).toBeGreaterThan(
				100,
			);
		});
	},
);

test("half of the runs of Ultra that end between 3 and 15 s are noticed within a quarter of a second", () => {
	const looks = looksUntil(ultra, 60_000);
	const delays: number[] = [];
	for (let endMs = 3_000; endMs <= 15_000; endMs += 1)
		delays.push((looks.find((at) => at >= endMs) ?? Infinity) - endMs);
	delays.sort((a, b) => a - b);
	expect(delays[Math.floor(delays.length / 2)]).toBeLessThanOrEqual(250);
	expect(delays.at(-1)).toBeLessThan(500);
});

test("a run of Ultra is not looked at closely before it can have ended", () => {
	expect(looksUntil(ultra, 3_000)).toEqual([1_500]);
});

test("a run that is found again in the middle goes on at the pace of its age", () => {
	expect(nextPollMs(ultra, 14_900)).toBe(15_000);
	expect(nextPollMs(ultra, 200_001)).toBe(205_000);
});

test("a timer that wakes a hair too early does not look twice", () => {
	expect(nextPollMs(ultra, 1_499)).toBeGreaterThan(3_000);
	expect(nextPollMs(ultra, 14_998.7)).toBeGreaterThan(20_000);
	expect(nextPollMs(ultra, 119_999)).toBe(125_000);
});

function gaps(looks: readonly number[]): number[] {
	return looks.slice(1).map((at, index) => at - (looks[index] ?? 0));
}
