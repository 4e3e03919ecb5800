import { expect, it } from "vitest";
import { parseFailureLimit } from "../../src/commands/batch/order.ts";

const usage = expect.objectContaining({ code: "usage" });

it.each([
	[undefined, 100, Number.POSITIVE_INFINITY],
	["0", 100, 0],
	["10", 100, 10],
	["5%", 100, 5],
	["2.5%", 1_000, 25],
	["5%", 30, 1.5],
	["0%", 30, 0],
	["100%", 30, 30],
])("--max-failures %s of %i images lets %d fail", (text, images, most) => {
	expect(parseFailureLimit(text)(images)).toBe(most);
});

it.each(["", "many", "-1", "1.5", "%", "5 %", "5%%", "1e3"])(
	"--max-failures %j is no number",
	(text) => {
		expect(() => parseFailureLimit(text)).toThrow(usage);
	},
);
