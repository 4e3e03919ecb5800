import { describe, expect, test } from "vitest";
import { makeSeed, parseSeed, parseSeeds } from "../../src/orders/seeds.ts";

const usage = (message: string) =>
	expect.objectContaining({ code: "usage", message });

describe("a seed", () => {
	test.each([
		["0", 0],
		["42", 42],
		[" 7 ", 7],
		["007", 7],
		["4294967296", 4_294_967_296],
		["9007199254740991", Number.MAX_SAFE_INTEGER],
	])("%j is %i", (text, seed) => {
		expect(parseSeed(text)).toBe(seed);
	});

	test.each([
		"",
		" ",
		"-1",
		"1.5",
		"1e3",
		"0x10",
		"forty",
		"1_000",
		"١",
		"9007199254740992",
	])("%j is none", (text) => {
		expect(() => parseSeed(text)).toThrow(usage(`"${text}" is not a seed`));
	});
});

describe("a list of seeds", () => {
	test.each([
		["5", [5]],
		["1-4", [1, 2, 3, 4]],
		["3,5,9", [3, 5, 9]],
		["9, 1 - 3 ,20", [9, 1, 2, 3, 20]],
		["7-7", [7]],
		["0-1", [0, 1]],
	])("%j is %j, in the order written", (text, seeds) => {
		expect(parseSeeds(text)).toEqual(seeds);
	});

	test.each([
		["8-1", "--seeds 8-1: 8-1 runs backwards"],
		["1,2,1", "--seeds 1,2,1 names a seed twice"],
		["1-5,3", "--seeds 1-5,3 names a seed twice"],
		["", '"" is not a seed'],
		["1,", '"" is not a seed'],
		["1-", '"1-" is not a seed'],
		["-1", '"-1" is not a seed'],
		["1-2-3", '"1-2-3" is not a seed'],
		["a-b", '"a-b" is not a seed'],
		["1-9007199254740992", '"9007199254740992" is not a seed'],
		[
			"1-1001",
			"--seeds 1-1001 asks for 1001 images; at most 1000 in one command",
		],
		[
			"0-9007199254740990",
			"--seeds 0-9007199254740990 asks for 9007199254740991 images; at most 1000 in one command",
		],
		[
			"1-600,1001-1600",
			"--seeds 1-600,1001-1600 asks for 1200 images; at most 1000 in one command",
		],
	])("%j is none", (text, message) => {
		expect(() => parseSeeds(text)).toThrow(usage(message));
	});

	test("may have a thousand", () => {
		expect(parseSeeds("1-1000")).toHaveLength(1_000);
	});
});

test.each([
	[0, 1],
	[0.5, 1_073_741_824],
	[1 - 2 ** -53, 2_147_483_646],
])(
	"a seed that is made from %d is %i: each model takes 31 bits, and none takes 0 for no seed",
	(random, seed) => {
		expect(makeSeed(() => random)).toBe(seed);
	},
);
