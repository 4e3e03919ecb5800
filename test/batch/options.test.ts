import { expect, it } from "vitest";
import {
	parseFailureLimit,
	parseShard,
} from "../../src/commands/batch/options.ts";

const usage = expect.objectContaining({ code: "usage" });

it.each([
	[undefined, [1, 2, 3, 4, 5, 6, 7]],
	["1/1", [1, 2, 3, 4, 5, 6, 7]],
	["1/3", [1, 4, 7]],
	["2/3", [2, 5]],
	["3/3", [3, 6]],
	[" 2/5 ", [2, 7]],
	["9/9", []],
])("--shard %s of seven images takes %j", (text, expected) => {
	const isMine = parseShard(text);
	expect([1, 2, 3, 4, 5, 6, 7].filter(isMine)).toEqual(expected);
});

it.each([
	"",
	"2",
	"0/5",
	"6/5",
	"2/0",
	"a/b",
	"1/2/3",
	"-1/2",
	"1.5/2",
	"2 of 5",
])("--shard %j is no part", (text) => {
	expect(() => parseShard(text)).toThrow(usage);
});

it("all shards together are all images, each once", () => {
	for (const of of [1, 2, 3, 7, 20]) {
		const shards = Array.from({ length: of }, (_, at) =>
			parseShard(`${at + 1}/${of}`),
		);
		for (let index = 1; index <= 50; index += 1)
			expect(shards.filter((isMine) => isMine(index))).toHaveLength(1);
	}
});

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
