import { describe, expect, test } from "vitest";
import { type DedupeInput, dedupeKey, runOf } from "../../src/purchase/job.ts";
import { bought, makeJob } from "./job-world.ts";

const request: DedupeInput = {
	service: "https://api.test",
	model: "black-forest-labs/flux-1-1-pro-ultra",
	input: { prompt: "a garden", seed: 42, size: { width: 1, height: 2 } },
	output: "/images/garden.jpg",
	copy: 1,
};

describe("the dedupe key of a request", () => {
	test("can name a file anywhere", () => {
		expect(dedupeKey(request)).toMatch(/^[0-9a-f]{32}$/);
	});

	test("is the same whatever the order of its inputs, and what is not given", () => {
		const size = { height: 2, width: 1 };
		const input = { size, seed: 42, other: undefined, prompt: "a garden" };
		expect(dedupeKey({ ...request, input })).toBe(dedupeKey(request));
	});

	test.each<[string, Partial<DedupeInput>]>([
		["service", { service: "sandbox" }],
		["model", { model: "openai/gpt-image-2" }],
		["prompt", { input: { ...request.input, prompt: "a Garden" } }],
		["seed", { input: { ...request.input, seed: 43 } }],
		["no seed", { input: { ...request.input, seed: undefined } }],
		["type of an input", { input: { ...request.input, seed: "42" } }],
		[
			"nested input",
			{ input: { ...request.input, size: { width: 1, height: 3 } } },
		],
		["order of a list", { input: { ...request.input, list: [2, 1] } }],
		["place", { output: "/images/other.jpg" }],
		["copy", { copy: 2 }],
	])("is another for another %s", (_what, change) => {
		const base = { ...request, input: { ...request.input } };
		expect(dedupeKey({ ...base, ...change })).not.toBe(dedupeKey(base));
	});

	test("is another for a list in another order", () => {
		const of = (list: readonly number[]) =>
			dedupeKey({ ...request, input: { list } });
		expect(of([1, 2])).not.toBe(of([2, 1]));
	});
});

test.each([
	[{ name: "planned" } as const, undefined],
	[{ name: "sending", sentAt: "2026-11-03T12:00:00.000Z" } as const, undefined],
	[bought, { id: "run-1", submittedAt: bought.submittedAt }],
	[
		{ ...bought, name: "placing", path: "/a.jpg", sha256: "00" } as const,
		{ id: "run-1", submittedAt: bought.submittedAt },
	],
])("of a job at $name the run is %j", (stage, run) => {
	expect(runOf(makeJob({ stage }))).toEqual(run);
});
