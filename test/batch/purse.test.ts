import { expect, it } from "vitest";
import { createPurse } from "../../src/batch/purse.ts";

const cents = 10_000;

it("lets images through up to the limit, and says which limit it was", () => {
	const purse = createPurse({ value: 12 * cents, origin: "--max-cost" });
	purse.take(6 * cents);
	purse.take(6 * cents);
	expect(() => purse.take(1)).toThrow(
		expect.objectContaining({
			code: "over_budget",
			message: "the next image would pass the limit of $0.12 (--max-cost)",
			hint: "what was bought is on disk; raise the limit and run the same command again",
		}),
	);
});

it("without a limit lets everything through", () => {
	const purse = createPurse({ value: undefined, origin: "default" });
	for (let count = 0; count < 1_000; count += 1)
		expect(purse.take(cents)).toBe(cents);
});

it.each([
	["what failed gives all of it back", 0, 10],
	["what cost less gives the rest back", 3, 3],
	["what cost its price gives nothing back", 6, 2],
])("%s", (_what, cost, through) => {
	const purse = createPurse({ value: 12 * cents, origin: "" });
	let count = 0;
	try {
		for (; count < 10; count += 1)
			purse.settle(purse.take(6 * cents), 6 * cents, cost * cents);
	} catch {
		// The limit is reached.
	}
	expect(count).toBe(through);
});

it("once an image has cost twice its price, twice as much is put aside for each", () => {
	const purse = createPurse({ value: 60 * cents, origin: "" });
	const first = purse.take(6 * cents);
	const second = purse.take(6 * cents);
	purse.settle(first, 6 * cents, 12 * cents);
	expect(purse.take(6 * cents)).toBe(12 * cents);
	purse.settle(second, 6 * cents, 12 * cents);
	expect([purse.take(6 * cents), purse.take(6 * cents)]).toEqual([
		12 * cents,
		12 * cents,
	]);
	expect(() => purse.take(6 * cents)).toThrow("limit of $0.60");
});

it("a refused purchase takes nothing", () => {
	const purse = createPurse({ value: 10 * cents, origin: "" });
	expect(() => purse.take(11 * cents)).toThrow();
	expect(purse.take(10 * cents)).toBe(10 * cents);
});
