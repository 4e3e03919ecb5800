import { expect, it } from "vitest";
import { readingTable } from "../../src/sandbox/faults/readings.ts";
import { faultTable } from "../../src/sandbox/faults/table.ts";
import { ending, expectEndings, readEndings, strikesOf } from "./endings.ts";

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

it("no fault that strikes the listing alone is without a test", () => {
	const known = faultTable
		.filter(({ points }) => points.length === 1 && points[0] === "list")
		.filter(({ name }) => !readingTable.some((one) => one.name === name))
		.map(({ name }) => `list:${name}`);
	expect(strikesOf(endings, () => "list")).toEqual(
		expect.arrayContaining(known),
	);
});
