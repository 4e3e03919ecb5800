import { expect, it } from "vitest";
import { createWorld, type Json } from "./world.ts";

const three = ["a red bicycle", "--count", "3", "-o", "shots/", "--json"];
const unbilled = "the service states no bill";

const moneyOf = ({ cost_usd, paid_usd, cost_is_estimate }: Json) => ({
	...{ cost_usd, paid_usd, cost_is_estimate },
});
const estimate = { cost_usd: 0.06, paid_usd: 0.06, cost_is_estimate: true };

it("what a service that states no bill was paid is told as an estimate: in records, ledger, sums and one note", async () => {
	const world = await createWorld({ as: ["sparse"], priceUsd: 0.5 });
	const { code, records, stderr } = await world.run(three);
	expect(code).toBe(0);
	expect(records.map(moneyOf)).toEqual([estimate, estimate, estimate]);
	expect(world.ledger().map(({ record }) => moneyOf(record))).toEqual(
		records.map(moneyOf),
	);
	expect(stderr).toContain("3 saved of 3 · about $0.18 ·");
	expect(stderr.split(unbilled)).toHaveLength(2);

	const spent = await world.run(["spend", "--json"]);
	expect(spent.records.at(-1)).toMatchObject({
		...{ images: 3, cost_usd: 0.18, cost_is_estimate: true, unknown_cost: 0 },
	});
	expect((await world.run(["spend"])).stdout).toContain("about $0.18");

	const { file } = records[0];
	expect((await world.run(["show", file])).stdout).toContain("about $0.06");
	const rows = await world.run(["runs", "list", "--json"]);
	expect(rows.records.map(moneyOf)).toEqual([estimate, estimate, estimate]);
	expect((await world.run(["runs", "list"])).stdout).toContain("about $0.06");
});

it("a bill that came is a fact, and no word is lost on it", async () => {
	const world = await createWorld();
	const { records, stderr } = await world.run(three);
	expect(records.map(moneyOf)).toEqual(
		records.map(() => ({ cost_usd: 0.06, paid_usd: 0.06 })),
	);
	expect(stderr).toContain("3 saved of 3 · $0.18 ·");
	expect(stderr).not.toContain(unbilled);
	const spent = await world.run(["spend", "--json"]);
	expect(spent.records.at(-1)).toMatchObject({ cost_is_estimate: false });
});

it("an order that is not waited for has an estimate until its bill comes", async () => {
	const world = await createWorld({ priceUsd: 0.08 });
	const { records } = await world.run([...three, "--no-wait"]);
	expect(records.map(moneyOf)).toEqual([estimate, estimate, estimate]);
	const before = await world.run(["spend", "--json"]);
	expect(before.records.at(-1)).toMatchObject({
		...{ cost_usd: 0.18, cost_is_estimate: true },
	});
	const brought = await world.run(["resume", "--json"]);
	expect(brought.records.map(moneyOf)).toEqual(
		brought.records.map(() => ({ cost_usd: 0, paid_usd: 0.08 })),
	);
	const after = await world.run(["spend", "--json"]);
	expect(after.records.at(-1)).toMatchObject({
		...{ cost_usd: 0.24, cost_is_estimate: false },
	});
});

it("a run that is waited for in vain has an estimate too", async () => {
	const world = await createWorld({ latencyMs: 60_000 });
	const words = ["a red bicycle", "-o", "bicycle.jpg", "--timeout", "10s"];
	const { code, records } = await world.run([...words, "--json"]);
	expect([code, records.map(moneyOf)]).toEqual([8, [estimate]]);
});
