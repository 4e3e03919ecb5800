import { describe, expect, it } from "vitest";
import { createBillRatios } from "../../src/ledger/bill.ts";
import { createReservations } from "../../src/purchase/limits/reservations.ts";

const cents = 10_000;
const order = (ref: string, priceMicros = 6 * cents, model = "ultra") => ({
	ref,
	model,
	priceMicros,
});

/** A limit under which bills of "ultra" have been at most `ratio` times their price; undefined: none was seen. */
function under(limitCents: number | undefined, ratio: number | undefined = 1) {
	const ratios = createBillRatios();
	if (ratio) ratios.learn("ultra", cents, ratio * cents);
	const value = limitCents === undefined ? undefined : limitCents * cents;
	return {
		ratios,
		...createReservations({ value, origin: "--max-cost" }, ratios),
	};
}

it("lets orders through up to the limit, and says which limit it was", () => {
	const { reserve, settle } = under(12);
	expect([reserve(order("a")), reserve(order("b"))]).toEqual([
		"reserved",
		"reserved",
	]);
	expect(reserve(order("c", 1))).toBe("wait");
	for (const ref of ["a", "b"]) settle(ref, 6 * cents);
	expect(() => reserve(order("c", 1))).toThrow(
		expect.objectContaining({
			code: "over_budget",
			charged: "no",
			message: "the next image would pass the limit of $0.12 (--max-cost)",
		}),
	);
});

it("without a limit lets everything through at once, also what has no price", () => {
	const { reserve } = under(undefined, 0);
	for (let count = 0; count < 100; count += 1)
		expect(reserve({ ref: `${count}`, model: "m" })).toBe("reserved");
});

it("awaits the first bill of a model before going wide", () => {
	const { reserve, settle, ratios } = under(100, 0);
	expect(reserve(order("a"))).toBe("reserved");
	expect(reserve(order("b"))).toBe("wait");
	expect(reserve(order("other", cents, "klein"))).toBe("reserved");
	ratios.learn("ultra", 6 * cents, 12 * cents);
	settle("a", 12 * cents);
	expect(reserve(order("b"))).toBe("reserved");
	expect(reserve(order("c"))).toBe("reserved");
});

it("buys no second image where a run was left before the first bill of its model", () => {
	const { reserve, leave, ratios } = under(100, 0);
	reserve(order("a"));
	leave("a");
	expect(reserve(order("other", cents, "klein"))).toBe("reserved");
	expect(() => reserve(order("b"))).toThrow("first bill of this model");
	ratios.learn("ultra", 6 * cents, 12 * cents);
	expect(reserve(order("b"))).toBe("reserved");
});

it("revalues what is under way at each bill: no bill of the same kind can pass the limit", () => {
	const { reserve, settle, ratios } = under(36);
	for (const ref of ["a", "b", "c"])
		expect(reserve(order(ref))).toBe("reserved");
	ratios.learn("ultra", 6 * cents, 12 * cents);
	settle("a", 12 * cents);
	// 12 spent and 2 x 12 reserved: nothing fits beside them.
	expect(reserve(order("d"))).toBe("wait");
	settle("b", 12 * cents);
	settle("c", 12 * cents);
	expect(() => reserve(order("d"))).toThrow("limit of $0.36");
});

describe("what is settled", () => {
	it.each([
		["what failed gives all of it back", 0, 5],
		["what cost less gives the rest back", 3, 4],
		["what cost its price gives nothing back", 6, 4],
	])("%s", (_what, bill, through) => {
		const { reserve, settle } = under(24);
		reserve(order("first"));
		settle("first", bill * cents);
		let count = 1;
		for (; count < 9; count += 1)
			if (reserve(order(`${count}`)) === "wait") break;
		expect(count).toBe(through);
	});

	it("counts as its estimate where nobody knows its bill", () => {
		const { reserve, settle, check } = under(12, 2);
		reserve(order("a"));
		settle("a", undefined);
		expect(() => check(order("b"))).toThrow("limit of $0.12");
	});
});

it("an order that was not taken gives its room back, and keeps it between two tries", () => {
	const { reserve, cancel } = under(6);
	reserve(order("a"));
	expect(reserve(order("a"))).toBe("reserved");
	expect(reserve(order("b"))).toBe("wait");
	cancel("a");
	expect(reserve(order("b"))).toBe("reserved");
});
