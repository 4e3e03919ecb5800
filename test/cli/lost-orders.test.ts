import { expect, it } from "vitest";
import { readingTable } from "../../src/sandbox/faults/readings.ts";
import { faultTable } from "../../src/sandbox/faults/table.ts";
import { ending, expectEndings, readEndings, strikesOf } from "./endings.ts";
import { createWorld } from "./world.ts";

/** How one image ends while a fault strikes at the listing, after an order without an answer that was bought, or that never arrived. */
const endings = readEndings(`
                      bought           unsent
reset-before          unknown_charge?  unknown_charge?
hang-before@1-2       comes            .
html                  unknown_charge?  unknown_charge?
503-html              unknown_charge?  .
no-key                unknown_charge?  unknown_charge?
forbidden             unknown_charge?  .
garbage               unknown_charge?  .
nonsense              unknown_charge?  .
empty                 unknown_charge?  .
cut                   unknown_charge?  .
429                   unknown_charge?  .
5xx                   unknown_charge?  .
422                   unknown_charge?  .
404                   unknown_charge?  .
lookup-lag            comes            comes
lookup-ignored        comes            comes
no-client-ref         unknown_charge?  comes
small-pages           comes            comes
`);

it.each(endings.rows)(
	"an order without an answer, with list:%s",
	async (...row) => {
		await expectEndings(endings, row, (column, fault) => [
			column === "bought" ? "post:reset-after@1" : "post:reset-before@1",
			`list:${fault}`,
		]);
	},
);

it.each([
	["reset-before", "network-"],
	["reset-after", "comes"],
	["hang-before@1", "comes"],
	["hang-after", "comes"],
	["html", "bad_response-"],
	["html-after", "comes"],
	["garbage", "comes"],
	["nonsense", "comes"],
	["empty", "comes"],
	["cut", "comes"],
	["429@1-2", "comes"],
	["500-after", "comes"],
	["5xx", "unavailable-"],
	["503", "unavailable-"],
	["409", "bad_response-"],
	["sparse", "comes"],
	["run-id", "comes"],
])(
	"an order with %s is bought once where Idempotency-Key is ignored",
	async (fault, end) => {
		expect(await ending([`post:${fault}`, "post:no-idempotency"])).toBe(end);
	},
);

it("an order without an answer that is listed late is bought once where Idempotency-Key is ignored", async () => {
	const lost = ["post:reset-after@1", "post:no-idempotency"];
	expect(await ending([...lost, "list:lookup-lag=3s"])).toBe("comes");
});

it("an order that the key may not look up is brought by a key that may, or given up: the hint says so", async () => {
	const order = ["a garden.", "-s", "7", "-o", "x.jpg"];
	const lost = async () => {
		const world = await createWorld({
			faults: ["post:reset-after@1", "list:no-lookup"],
		});
		await world.run(order);
		const [{ client_ref: ref }] = (await world.run([...order, "--json"]))
			.records;
		const { code, stderr } = await world.run(["resume"]);
		expect([code, stderr]).toEqual([
			8,
			expect.stringContaining(
				`flux-ultra resume, with a key of the same account that has the scope runs:read (https://app.runflow.io/settings/api-keys); to give it up: flux-ultra resume --forget ${ref}\n`,
			),
		]);
		return { world, ref };
	};
	const { world } = await lost();
	world.faults();
	const env = { RUNFLOW_API_KEY: "rf_live_thatMayList" };
	expect((await world.run(["resume"], { env })).code).toBe(0);
	expect(world.files()).toEqual(["x.jpg"]);
	expect(world.bought()).toBe(1);
	const { world: other, ref } = await lost();
	expect((await other.run(["resume", "--forget", ref])).code).toBe(0);
	expect(other.jobs()).toEqual([]);
});

it("no fault that strikes the listing alone is without a test", () => {
	const known = faultTable
		.filter(({ points }) => points.length === 1 && points[0] === "list")
		.filter(({ name }) => !readingTable.some((one) => one.name === name))
		.map(({ name }) => `list:${name}`);
	expect(strikesOf(endings, () => "list")).toEqual(
		expect.arrayContaining(known),
	);
});
