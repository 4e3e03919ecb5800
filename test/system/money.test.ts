import { expect, it } from "vitest";
import { formatUsd, microsToUsd, usdToMicros } from "../../src/system/money.ts";

it.each<[string | number, number | undefined]>([
	["0.060", 60_000],
	[0.06, 60_000],
	[" 12.345678 ", 12_345_678],
	["-0.12", -120_000],
	["6E-2", 60_000],
	["-0.0000001", 0],
	[1.1 + 2.2, 3_300_000],
	["4000000000.000001", 4_000_000_000_000_001],
	["", undefined],
	["free", undefined],
	["0x10", undefined],
	["1e99", undefined],
	[Number.NaN, undefined],
	[Number.POSITIVE_INFINITY, undefined],
])("%j dollars are %s micro-dollars", (usd, micros) => {
	expect(usdToMicros(usd)).toBe(micros);
});

it("thousands of prices add up exactly", () => {
	const prices = Array.from({ length: 10_000 }, () => usdToMicros("0.06") ?? 0);
	const sum = prices.reduce((total, price) => total + price, 0);
	expect(microsToUsd(sum)).toBe(600);
});

it.each([
	[60_000, "$0.06"],
	[3_000, "$0.003"],
	[0, "$0.00"],
	[1, "less than $0.0001"],
	[6_291, "$0.0063"],
	[25_164, "$0.0252"],
	[1_200_000, "$1.20"],
	[-1_500_000, "-$1.50"],
	[1_234_567_890_000, "$1234567.89"],
])("%d micro-dollars are shown as %s", (micros, shown) => {
	expect(formatUsd(micros)).toBe(shown);
});
