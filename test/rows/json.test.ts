import { describe, expect, test } from "vitest";
import { Failure } from "../../src/errors.ts";
import { readAll, readWhole } from "./read-all.ts";

const jsonl = { name: "rows.jsonl" };

describe("rows of JSON Lines", () => {
	test("may have one prompt for all where each has an image", async () => {
		const rows = '{"image":"a.jpg"}\n{"image":"b.jpg"}\n';
		const given = { ...jsonl, prompt: "at night" };
		const read = await readAll(rows, given);
		expect(read.map((row) => "prompt" in row && row.prompt)).toEqual([
			"at night",
			"at night",
		]);
		await expect(readAll('{"name":"x"}\n', given)).rejects.toThrow(
			"every row would buy the same prompt",
		);
	});

	test("give everything that a row may ask for, and the rest as columns", async () => {
		const row = {
			prompt: "a fox",
			seed: 7,
			output: "out/{name}.jpg",
			model: "ultra",
			width: 1024,
			tags: [{ a: null }],
			name: "Reineke",
			age: 3.5,
			wild: true,
			none: null,
		};
		expect(await readWhole(`${JSON.stringify(row)}\n`, jsonl)).toStrictEqual([
			{
				line: 1,
				prompt: "a fox",
				seed: 7,
				output: "out/{name}.jpg",
				model: "ultra",
				count: 1,
				inputs: { width: 1024, tags: [{ a: null }] },
				columns: {
					prompt: "a fox",
					seed: "7",
					output: "out/{name}.jpg",
					model: "ultra",
					width: "1024",
					tags: '[{"a":null}]',
					name: "Reineke",
					age: "3.5",
					wild: "true",
					none: "",
				},
			},
		]);
	});

	test("keep the digits of numbers that JavaScript rounds, in names and prompts", async () => {
		const line =
			'{"id":9007199254740993,"no":-12345678901234567890,"o":{"k":[18446744073709551615,"9007199254740993"]},"x":1.0,"y":9007199254740993.0,"s":"say \\"9007199254740993 {"}';
		expect(
			await readAll(`${line}\n`, { prompt: "{id} {no} {o}", name: "r.jsonl" }),
		).toMatchObject([
			{
				prompt:
					'9007199254740993 -12345678901234567890 {"k":[18446744073709551615,"9007199254740993"]}',
				columns: {
					x: "1",
					y: "9007199254740992",
					s: 'say "9007199254740993 {',
				},
			},
		]);
	});

	test("may be texts, come from Windows and have blank lines between them", async () => {
		const content =
			'\ufeff\r\n"a fox"\r\n\r\n {"prompt":"an\\nowl"} \r\n"a wolf"';
		expect(await readAll(content, jsonl)).toEqual([
			{ line: 2, prompt: "a fox" },
			{ line: 4, prompt: "an\nowl" },
			{ line: 5, prompt: "a wolf" },
		]);
	});

	test("take whole numbers as text too, as converters from CSV write them", async () => {
		const rows =
			'{"prompt":"a","seed":" 42.0","count":1}\n{"prompt":"b","seed":null,"count":"3"}';
		expect(await readAll(rows, jsonl)).toMatchObject([
			{ seed: 42 },
			{ count: 3 },
		]);
	});

	test("may name a file in the user's folder, and several where their seeds are in it", async () => {
		const rows = [
			'{"prompt":"a","output":"~/a.jpg"}',
			'{"prompt":"a","output":"~/a-{seed}.jpg","count":2}',
			'{"prompt":"a","output":"~/","count":2}',
		];
		expect(await readAll(rows.join("\n"), jsonl)).toMatchObject([
			{ output: "/home/ada/a.jpg" },
			{ output: "/home/ada/a-{seed}.jpg" },
			{ output: "/home/ada/" },
		]);
	});

	test("ask each model for its own inputs", async () => {
		const inputsOf = (model: string | undefined) => {
			if (model === "nano")
				throw new Failure("usage", `unknown model "${model}"`, {
					hint: "known: ultra, pro",
				});
			return model === "pro" ? ["width", "prompt", "seed"] : ["tags"];
		};
		const rows = ["pro", "ultra", "nano"].map((model) =>
			JSON.stringify({ prompt: "a", model, width: 1, tags: "x" }),
		);
		expect(
			await readAll(rows.join("\n"), { ...jsonl, inputsOf }),
		).toMatchObject([
			{ inputs: { width: 1 } },
			{ inputs: { tags: "x" } },
			{ line: 3, reason: 'unknown model "nano"; known: ultra, pro' },
		]);
	});

	test("fill a template, whatever letters a key is written in", async () => {
		const rows = [
			{ prompt: "a fox", "die Größe": 3, 色: ["赤"] },
			{ prompt: "a fox", "die Größe": "", 色: "x" },
			{ prompt: "a fox", "die Größe": null, 色: "x" },
			{ prompt: "a fox", Farbe: "x", "die größe": 3 },
		].map((row) => JSON.stringify(row));
		const prompt = "{prompt}, {die Größe} {色} {{x}}";
		expect(await readAll(rows.join("\n"), { ...jsonl, prompt })).toMatchObject([
			{ prompt: 'a fox, 3 ["赤"] {x}' },
			{ prompt: "a fox,  x {x}" },
			{ reason: '"die Größe" is empty, and --prompt needs it' },
			{
				reason:
					'--prompt names {die Größe}, which is no column (did you mean "die größe"?); there are: prompt, Farbe, die größe',
			},
		]);
	});

	test.each(
		Object.entries({
			"{": "not JSON: expected property name or '}' at column 2",
			'{"prompt":"a"':
				"not JSON: expected ',' or '}' after property value at column 14",
			'{"prompt":"a': "not JSON: unterminated string at column 13",
			'{"prompt":"a"} x':
				"not JSON: unexpected non-whitespace character after JSON at column 16",
			'{"prompt":': "not JSON: it ends too soon",
			"\u001b[31m": "not JSON: unexpected '\\x1b'",
			"a fox": "not JSON: unexpected 'a'",
			"42": "42 is neither an object nor a prompt in quotes",
			null: "null is neither an object nor a prompt in quotes",
			'["a"]': '["a"] is neither an object nor a prompt in quotes',
			"{}": 'no "prompt"',
			'{"seed":1}': 'no "prompt"',
			'{"Prompt":"a"}': 'no "prompt" (the nearest is "Prompt")',
			'{"propmt":"a"}': 'no "prompt" (the nearest is "propmt")',
			'{"text_prompt":"a"}': 'no "prompt" (the nearest is "text_prompt")',
			'{"prompt":null}': "the prompt is empty",
			'{"prompt":" "}': "the prompt is empty",
			'" "': "the prompt is empty",
			'{"prompt":["a"]}': 'prompt is ["a"], which is not text',
			'{"prompt":"a\\u0000"}':
				'the prompt "a\\x00" holds a NUL character; prompts that are parted by NUL: -0',
			'{"prompt":"5 \\u0080"}':
				'the prompt "5 \\x80" holds a C1 control character, which is what latin1 makes of € or –: convert the first file by iconv -f cp1252 -t utf-8',
			'{"prompt":"a\\ud800"}':
				'the prompt "a\ufffd" holds half of a surrogate pair, which is no character',
			'{"prompt":"a","seed":-1}':
				"seed -1 is not a whole number from 0 to 9007199254740991",
			'{"prompt":"a","seed":1.5}':
				"seed 1.5 is not a whole number from 0 to 9007199254740991",
			'{"prompt":"a","seed":1e999}':
				"seed Infinity is not a whole number from 0 to 9007199254740991",
			'{"prompt":"a","seed":9007199254740992}':
				"seed 9007199254740992 is not a whole number from 0 to 9007199254740991",
			'{"prompt":"a","seed":true}':
				"seed true is not a whole number from 0 to 9007199254740991",
			'{"prompt":"a","seed":"x\\n"}':
				'seed "x\\n" is not a whole number from 0 to 9007199254740991',
			'{"prompt":"a","count":0}':
				"count 0 is not a whole number from 1 to 1000",
			'{"prompt":"a","count":1001}':
				"count 1001 is not a whole number from 1 to 1000",
			'{"prompt":"a","count":"many"}':
				'count "many" is not a whole number from 1 to 1000',
			'{"prompt":"a","count":2,"seed":7}':
				"count 2 of one seed, 7, is the same image 2 times",
			'{"prompt":"a","count":2,"output":"h/{index}.jpg"}':
				'count 2, and output "h/{index}.jpg" is one name; put {seed} in it',
			'{"prompt":"a","output":["x"]}': 'output is ["x"], which is not text',
			'{"prompt":"a","output":""}': "output is empty",
			'{"prompt":"a","output":"a\\u0000b"}':
				'output "a\\x00b" holds a NUL character',
			'{"prompt":"a","model":3}': "model is 3, which is not text",
			'{"prompt":"a","width":1e999}': "width is a number beyond all bounds",
			[`{"prompt":"a","x":${"[".repeat(101)}${"]".repeat(101)}}`]:
				"nested deeper than 100 levels",
			[`{"x":"${"y".repeat(80)}"`]: `not JSON: expected ',' or '}' after property value at column 88`,
			[`{"prompt":{"x":"${"y".repeat(80)}"}}`]: `prompt is {"x":"${"y".repeat(54)}…, which is not text`,
		}),
	)("say of %j what is wrong", async (line, reason) => {
		expect(await readAll(`"a fox"\n${line}\n`, jsonl)).toEqual([
			{ line: 1, prompt: "a fox" },
			{ line: 2, reason },
		]);
	});
});
