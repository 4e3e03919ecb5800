import { describe, expect, test } from "vitest";
import {
	checkLimit,
	estimateMicros,
} from "../../src/purchase/limits/budget.ts";

test.each([
	[[], 0],
	[[60_000], 60_000],
	[[60_000, 3_000], 63_000],
	[Array(1_000).fill(60_000), 60_000_000],
	[[60_000, undefined], undefined],
])("images of %j cost %s", (prices, micros) => {
	const jobs = prices.map((priceMicros) => ({ priceMicros }));
	expect(estimateMicros(jobs)).toBe(micros);
});

describe("a limit", () => {
	const limit = { value: 120_000, origin: "--max-cost" };
	const open = { value: undefined, origin: "default" };

	test.each([
		["what costs less", 60_000, limit],
		["what costs as much", 120_000, limit],
		["what costs nothing", 0, { ...limit, value: 0 }],
		["anything where there is none", 1e12, open],
		["what nobody knows the price of, where there is none", undefined, open],
	])("lets through %s", (_what, micros, held) => {
		expect(() => checkLimit(micros, held)).not.toThrow();
	});

	test.each([
		[
			"what costs more",
			120_100,
			"this costs $0.1201, more than the limit of $0.12 (--max-cost)",
		],
		[
			"what nobody knows the price of",
			undefined,
			"the price of this model is not known, and --max-cost sets a limit of $0.12",
		],
	])("stops %s", (_what, micros, message) => {
		expect(() => checkLimit(micros, limit)).toThrow(
			expect.objectContaining({ code: "over_budget", message }),
		);
	});
});
