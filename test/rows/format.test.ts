import { describe, expect, test } from "vitest";
import { type Given, readAll, refusalOf } from "./read-all.ts";

const object = '{"prompt":"a fox"}\n';
const table = "seed,prompt\n1,a fox\n";
const array = "is one JSON array, not a row a line";

/** How the first prompt of some rows is read. */
async function promptOf(content: string, given: Given): Promise<unknown> {
	const [first] = await readAll(content, given);
	return first && "prompt" in first ? first.prompt : first;
}

describe("the format of rows", () => {
	test.each([
		["stdin", "a fox\n", {}, "a fox"],
		["stdin", object, {}, "a fox"],
		["stdin", `\ufeff\n ${object}`, {}, "a fox"],
		["stdin", table, {}, "a fox"],
		["stdin", "Prompt\na fox\n", {}, "a fox"],
		[
			"stdin",
			"name\tcolour\nfox\tred\n",
			{ prompt: "{colour} {name}" },
			"red fox",
		],
		["stdin", "fox, red\n", {}, "fox, red"],
		["rows", object, {}, "a fox"],
		["rows.TXT", "a fox\n", {}, "a fox"],
		["rows.txt", "{red|blue} fox\n", {}, "{red|blue} fox"],
		["rows.json", object, {}, "a fox"],
		["rows.ndjson", object, {}, "a fox"],
		["rows.tsv", "seed\tprompt\n1\ta fox\n", {}, "a fox"],
		["rows.csv", "seed;prompt\n1;a fox\n", {}, "a fox"],
		["rows.csv", "a fox\n", { format: "text" }, "a fox"],
		["rows.txt", object, { format: "text" }, object.trim()],
		["rows.txt", table, { format: "csv" }, "a fox"],
		["rows.txt", object, { format: "jsonl" }, "a fox"],
	] as const)(
		"of %s with %j and %j is told",
		async (name, content, options, prompt) => {
			expect(await promptOf(content, { name, ...options })).toBe(prompt);
		},
	);

	test.each<[string, string, string, Given?]>([
		["rows.csv", object, "rows.csv seems to hold JSON, not CSV"],
		["rows.tsv", "[ {}]", "rows.tsv seems to hold JSON, not CSV"],
		["rows.txt", object, "rows.txt seems to hold JSON, not text"],
		["rows.txt", table, "rows.txt seems to hold CSV, not text"],
		["rows.jsonl", table, "rows.jsonl seems to hold CSV, not JSON"],
		["rows.json", '\n["a fox"]', `rows.json ${array}`],
		["stdin", '[\n{"prompt":"a"}]', `stdin ${array}`],
		[
			"stdin",
			'{\n"prompt":"a"}',
			"stdin has JSON over several lines, not a row a line",
		],
		["rows.txt", "[]", `rows.txt ${array}`, { format: "jsonl" }],
		["rows.csv", "a\0b", "-0 is for text, not for CSV", { nulSeparated: true }],
		[
			"stdin",
			"a\0b",
			"-0 is for text, not for JSON",
			{ nulSeparated: true, format: "jsonl" },
		],
	])(
		"of %s with %j is asked for: %s",
		async (name, content, message, options) => {
			expect(await refusalOf(content, { name, ...options })).toMatchObject({
				code: "usage",
				message,
			});
		},
	);

	test.each([
		[
			"rows.csv",
			object,
			"say which it is: --format jsonl, or --format csv to read it as that all the same",
		],
		[
			"rows.json",
			'["a fox"]',
			"take it apart: jq -c '.[]' rows.json | flux-ultra batch - --dry-run",
		],
	])("of %s with %j: what to do", async (name, content, hint) => {
		expect(await refusalOf(content, { name })).toMatchObject({ hint });
	});
});
