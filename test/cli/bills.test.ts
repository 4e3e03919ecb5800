import { expect, it } from "vitest";
import { sandboxKey } from "../../src/sandbox/api-key.ts";
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

const unfindable = {
	as: ["no-idempotency", "no-lookup"],
	faults: ["post:503-after"],
};

it("an order that may have been bought is told by spend as one of unknown charge, and keeps counting today when it is given up", async () => {
	const world = await createWorld(unfindable);
	const env = { FLUX_ULTRA_MAX_COST_PER_DAY: "0.06" };
	const words = ["a red bicycle", "-o", "bicycle.jpg", "--json"];
	const { code, records } = await world.run(words, { env });
	expect(code).toBe(8);
	const told = async () => {
		const { stderr } = await world.run(["spend"]);
		const { records } = await world.run(["spend", "--json"]);
		return [stderr, records.at(-1)];
	};
	const unknown = { cost_usd: 0, unknown_cost: 1, images: 0 };
	expect(await told()).toEqual([
		"note: 1 order whose charge is not known: up to $0.06; to find out: flux-ultra resume\n",
		expect.objectContaining({ ...unknown, failed: 0 }),
	]);
	await world.run(["resume", "--forget", records[0].client_ref]);
	expect(world.jobs()).toEqual([]);
	expect(await told()).toEqual([
		"",
		expect.objectContaining({ ...unknown, failed: 1 }),
	]);
	const other = ["a blue bicycle", "-o", "blue.jpg"];
	expect((await world.run(other, { env })).code).toBe(5);
	world.clock.advance(86_400_000);
	expect((await world.run(other, { env })).code).toBe(8);
});

it("spend says what the limit of the day counts beside the bills", async () => {
	const world = await createWorld({ priceUsd: 0.12 });
	const env = { FLUX_ULTRA_MAX_COST_PER_DAY: "1" };
	await world.run(["a red bicycle", "-o", "bicycle.jpg"], { env });
	await world.run([...three, "--no-wait"], { env });
	const { stderr } = await world.run(["spend"], { env });
	expect(stderr).toContain(
		"the limit of the day counts $0.12 spent today and $0.36 reserved for what is under way",
	);
});

it("an image smaller than its run says is kept, with a note, and both sizes in its record", async () => {
	const world = await createWorld({ faults: ["image:smaller"] });
	const words = ["a red bicycle", "-o", "bicycle.jpg", "--json"];
	const { code, records, stderr } = await world.run(words);
	expect([code, world.files()]).toEqual([0, ["bicycle.jpg"]]);
	expect(records).toMatchObject([
		{ width: 48, height: 27, width_promised: 96, height_promised: 54 },
	]);
	expect(stderr).toContain(
		"note: the service promised 96 × 54 pixels, what came is 48 × 27\n",
	);
});

it("what is under way at a sandbox server, or was given up there, is play money by the key that it went with", async () => {
	const env = { RUNFLOW_API_KEY: sandboxKey };
	const world = await createWorld({ ...unfindable, env });
	const words = ["a red bicycle", "-o", "bicycle.jpg", "--json"];
	const { records } = await world.run(words);
	const isPlay = async () =>
		(await world.run(["spend", "--json"])).records.at(-1).sandbox;
	expect(await isPlay()).toBe(true);
	await world.run(["resume", "--forget", records[0].client_ref]);
	expect(await isPlay()).toBe(true);
});
