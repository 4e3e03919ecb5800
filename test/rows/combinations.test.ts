import { describe, expect, test } from "vitest";
import { combinationsOf } from "../../src/rows/combinations.ts";
import { failureOf } from "../purchase/job-world.ts";

const lists: Readonly<Record<string, readonly string[]>> = {
	"woods.txt": ["oak", "pine"],
	"odd.txt": ["{a|b}", "x|y"],
	"big.txt": Array.from({ length: 1_001 }, (_, at) => `colour ${at}`),
};

function combine(text: string, sample?: number, seed?: number) {
	return combinationsOf(text, seed, {
		sample,
		readList: async (name) => lists[name] ?? [],
	});
}

const promptsOf = async (...ask: Parameters<typeof combine>) =>
	(await combine(...ask)).map(({ prompt }) => prompt);

test.each<[string, string[]]>([
	["a fox", ["a fox"]],
	["a {red|blue} fox", ["a red fox", "a blue fox"]],
	["{a|b} {x|y}", ["a x", "a y", "b x", "b y"]],
	["on {file:woods.txt}", ["on oak", "on pine"]],
	["on { file: woods.txt }", ["on oak", "on pine"]],
	["{file:odd.txt} fox", ["{a|b} fox", "x|y fox"]],
	["a {red |}fox", ["a red fox", "a fox"]],
	["{red|red|blue} fox", ["red fox", "blue fox"]],
	["{a|ab}{bc|c}", ["abc", "ac", "abbc"]],
	["a {{red|blue}} fox}", ["a {red|blue} fox}"]],
	["{rot|日本語|🎨} fox", ["rot fox", "日本語 fox", "🎨 fox"]],
])("%j is %j", async (text, prompts) => {
	expect(await promptsOf(text)).toEqual(prompts);
});

test("what was chosen is told in the order of the text", async () => {
	const [, second] = await combine("{a|b} {file:woods.txt}");
	expect(second).toEqual({ prompt: "a pine", choices: ["a", "pine"] });
});

describe("refused is", () => {
	test.each([
		['a brace is never closed in "a {red fox"', "a {red fox"],
		["a brace is never closed in", "a {red|{dark|light} blue} fox"],
		['"{red}" is no choice', "a {red} fox"],
		['"{}" is no choice', "a {} fox"],
		['"{red, blue}" is no choice', "a {red, blue} fox"],
		["one of the choices in", "{a|}"],
		["the prompt has 1001 combinations; at most 1000", "{file:big.txt}"],
		[
			"the prompt has more than a million combinations; at most 1000",
			Array(60).fill("{a|b}").join(""),
		],
		[
			"the prompt has more than a million combinations; at most 1000",
			Array(4_000).fill("{a|b}").join(""),
		],
		[
			"makes the prompt longer than 64 KiB",
			`${"x".repeat(65_530)}{a|${"b".repeat(20)}}`,
		],
	])("%#: %s", async (message, text) => {
		const failure = await failureOf(combine(text));
		expect([failure.code, failure.message]).toEqual([
			"usage",
			expect.stringContaining(message),
		]);
	});
});

describe("a sample", () => {
	const text = "{file:big.txt} {a|b|c|d} {file:big.txt}";

	test("has as many as asked for, each once", async () => {
		const drawn = await promptsOf(text, 1_000);
		expect(new Set(drawn).size).toBe(1_000);
	});

	test("is the same for the same text and seed, and another for others", async () => {
		const drawn = await promptsOf(text, 8, 1);
		expect(await promptsOf(text, 8, 1)).toEqual(drawn);
		expect(await promptsOf(text, 8, 2)).not.toEqual(drawn);
		expect(await promptsOf(text, 8)).not.toEqual(drawn);
		expect(await promptsOf(`${text}.`, 8, 1)).not.toEqual(
			drawn.map((prompt) => `${prompt}.`),
		);
	});

	// Another draw would buy other images for the same command.
	test("is drawn as it always was", async () => {
		expect(await promptsOf("{a|b|c}{1|2|3}", 4, 42)).toEqual([
			"b1",
			"a2",
			"b2",
			"c3",
		]);
	});

	test("begins with a smaller one", async () => {
		const [four, eight] = [await promptsOf(text, 4), await promptsOf(text, 8)];
		expect(eight.slice(0, 4)).toEqual(four);
	});

	test("of all, or more, is all in their order", async () => {
		expect(await promptsOf("{a|b}{c|d}", 4)).toEqual(["ac", "ad", "bc", "bd"]);
		expect(await promptsOf("{a|b}{c|d}", 9)).toHaveLength(4);
		expect(await promptsOf("{a|b}{c|d}", 3)).toHaveLength(3);
	});

	test("of more than anybody could count is drawn at once", async () => {
		const huge = Array(4_000).fill("{a|b}").join("");
		expect(new Set(await promptsOf(huge, 3)).size).toBe(3);
	});
});
