import { describe, expect, test } from "vitest";
import { readAll, readWhole, refusalOf } from "./read-all.ts";

const csv = { name: "rows.csv" };
const strayQuote =
	'a quote inside a cell without quotes: put the cell in quotes and write "" for each quote in it';
const behindQuote =
	'text behind the closing quote of a cell: write "" for a quote inside it';

describe("rows of CSV", () => {
	test("give everything that a row may ask for, and the rest as columns", async () => {
		const content =
			'prompt,seed,count,output,model,width,tags,name\na fox,7,1,out/,ultra,1024,"[""x"",2]",007\nan owl,,,,,wide,[x,\n';
		expect(await readWhole(content, csv)).toStrictEqual([
			{
				line: 2,
				prompt: "a fox",
				seed: 7,
				output: "out/",
				model: "ultra",
				count: 1,
				inputs: { width: 1024, tags: ["x", 2] },
				columns: {
					prompt: "a fox",
					seed: "7",
					count: "1",
					output: "out/",
					model: "ultra",
					width: "1024",
					tags: '["x",2]',
					name: "007",
				},
			},
			{
				line: 3,
				prompt: "an owl",
				seed: undefined,
				output: undefined,
				model: undefined,
				count: 1,
				inputs: { width: "wide", tags: "[x" },
				columns: {
					prompt: "an owl",
					seed: "",
					count: "",
					output: "",
					model: "",
					width: "wide",
					tags: "[x",
					name: "",
				},
			},
		]);
	});

	test.each([
		["commas", 'prompt,a;b,"x,y"\np,1,2\n', { "a;b": "1", "x,y": "2" }],
		["semicolons", 'prompt;"a;b";x,y\np;1;2\n', { "a;b": "1", "x,y": "2" }],
		["tabs", "prompt\ta;b,c\tx,y\np\t1\t2\n", { "a;b,c": "1", "x,y": "2" }],
		[
			"blanks around names",
			" Prompt , a b , SEED\np,1,\n",
			{ "a b": "1", seed: "" },
		],
		[
			"names of any script",
			"prompt,色,__proto__\np,赤,x\n",
			JSON.parse('{"色":"赤","__proto__":"x"}'),
		],
	])("may have %s in the header", async (_, content, columns) => {
		expect(await readAll(content, csv)).toEqual([
			{ line: 2, prompt: "p", columns: { prompt: "p", ...columns } },
		]);
	});

	test("may hold lines, quotes and delimiters in quotes, and are named by their first line", async () => {
		const content =
			'\ufeff"prompt","a\nb"\r\n\r\n"a ""fox"",\r\nin snow\n",1\r\n,\r\n "  \r\nlast,2';
		expect(await readAll(content, csv)).toEqual([
			{
				line: 4,
				prompt: 'a "fox",\r\nin snow\n',
				columns: { prompt: 'a "fox",\r\nin snow\n', "a\nb": "1" },
			},
			{ line: 8, reason: strayQuote },
			{ line: 9, prompt: "last", columns: { prompt: "last", "a\nb": "2" } },
		]);
	});

	test("make prompts of their columns", async () => {
		const content = "name,colour\nmug,red\ncup,\n";
		const prompt = "a shot of {name}, {colour}";
		expect(await readAll(content, { ...csv, prompt })).toEqual([
			{
				line: 2,
				prompt: "a shot of mug, red",
				columns: { name: "mug", colour: "red" },
			},
			{ line: 3, reason: '"colour" is empty, and --prompt needs it' },
		]);
	});

	test("whose cells are all empty are passed over, as spreadsheets leave them", async () => {
		const content = ",,\nprompt,seed\n,\na,\n , \n\n";
		expect(await readAll(content, csv)).toMatchObject([
			{ line: 4, prompt: "a" },
		]);
	});

	test.each([
		["sep=;\r\nprompt;seed\r\na, b;1\r\n", "stdin"],
		['"sep=;"\nprompt;seed\na, b;1\n', "rows.csv"],
		["\ufeffSEP=|\nprompt|seed\na, b|1\n", "rows.csv"],
	])("of Excel may name their delimiter first: %j", async (content, name) => {
		for (const cuts of [[], [3]])
			expect(await readAll(content, { name, cuts })).toMatchObject([
				{ line: 3, prompt: "a, b", seed: 1 },
			]);
	});

	test("may have empty cells behind the last column, in the header and below it", async () => {
		expect(
			await readAll("prompt,seed,, \na,1,,\nb,2\nc,3,,,,\nd,4,,x\n", csv),
		).toMatchObject([
			{ prompt: "a", columns: { prompt: "a", seed: "1" } },
			{ prompt: "b" },
			{ prompt: "c" },
			{
				line: 5,
				reason: "4 cells, but the header has 2 columns: prompt, seed",
			},
		]);
	});

	test.each([
		["a,1,2", "3 cells, but the header has 2 columns: prompt, seed"],
		["a", "1 cell, but the header has 2 columns: prompt, seed"],
		[",1", "the prompt is empty"],
		["a,x", 'seed "x" is not a whole number from 0 to 9007199254740991'],
		['5" pipe,1', strayQuote],
		['a "fox",1', strayQuote],
		['"a" fox,1', behindQuote],
		['a, "1"', strayQuote],
		['"a,1', "a quote is never closed"],
	])(
		"that read %j are named, and those behind are read",
		async (line, reason) => {
			expect(
				await readAll(`prompt,seed\n${line}\nb,\nc,\n`, csv),
			).toMatchObject([
				{ line: 2, reason },
				{ line: 3, prompt: "b" },
				{ line: 4, prompt: "c" },
			]);
		},
	);

	test("are not hidden by a stray quote far above or below", async () => {
		const content =
			'prompt,seed\na 5" pipe,1\nb,2\nc,x\n"d\ne",5\nf 6" pipe,6\ng,7\n"h,8\n';
		expect(await readAll(content, csv)).toMatchObject([
			{ line: 2, reason: strayQuote },
			{ line: 3, prompt: "b" },
			{ line: 4, reason: expect.stringContaining('seed "x"') },
			{ line: 5, prompt: "d\ne" },
			{ line: 7, reason: strayQuote },
			{ line: 8, prompt: "g" },
			{ line: 9, reason: "a quote is never closed" },
		]);
	});

	test("that are too long or not UTF-8 are named by the line that is", async () => {
		const long = "x".repeat(2 ** 20 + 1);
		const open = `"${"x\n".repeat(10_001)}",1`;
		const content = Buffer.concat([
			Buffer.from(`prompt,seed\n${long},1\n"a\n`),
			Buffer.from("k\xf6ln", "latin1"),
			Buffer.from(
				`",1\nb,\n"c\n${long}\nd,\n"${"x".repeat(2 ** 19)}\n${"x".repeat(2 ** 19)}\n",9\ne,\n`,
			),
		]);
		const reasons = (await readAll(content, csv)).map((row) =>
			"reason" in row
				? [row.line, row.reason?.slice(0, 16)]
				: [row.line, row.prompt],
		);
		expect(reasons).toEqual([
			[2, "longer than 1 Mi"],
			[4, "not UTF-8; conve"],
			[5, "b"],
			[7, "longer than 1 Mi"],
			[8, "d"],
			[9, "longer than 1 Mi"],
			[10, "1 cell, but the "],
			[11, "a quote is never"],
			[12, "e"],
		]);
		const lines = await readAll(`prompt,seed\n${open}\n`, csv);
		expect(lines[0]).toEqual({
			line: 2,
			reason: "longer than 1 MiB or 10,000 lines: is a quote never closed?",
		});
	});
});

describe("a header", () => {
	test.each([
		["prompt,,x", "column 2 of the header has no name"],
		["prompt,x,Prompt", 'the header has the column "prompt" twice'],
		['prompt,"x" y', behindQuote],
		['prompt,"x', "a quote is never closed"],
	])("that reads %j is one bad row", async (header, reason) => {
		expect(await readAll(`\n${header}\na,1\n`, csv)).toEqual([
			{ line: 2, reason },
		]);
	});

	test.each([
		[
			"promt,seed",
			undefined,
			'rows.csv has no column "prompt" (the nearest is "promt")',
			'there are: promt, seed; make a prompt of them: --prompt "… {promt} …"',
		],
		[
			"name;colour",
			undefined,
			'rows.csv has no column "prompt"',
			'there are: name, colour; make a prompt of them: --prompt "… {name} …"',
		],
		[
			"name,colour",
			"{name} in {color}",
			'--prompt names {color}, which is no column (did you mean "colour"?)',
			"there are: name, colour",
		],
		[
			"name,colour",
			"{name} in {red|blue}",
			"--prompt names {red|blue}, which is no column",
			"choices need --each; columns are: name, colour",
		],
		[
			Array.from({ length: 14 }, (_, at) => `c${at}`).join(),
			undefined,
			'rows.csv has no column "prompt"',
			'there are: c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11 and 2 more; make a prompt of them: --prompt "… {c0} …"',
		],
	])(
		"that reads %j cannot be used with --prompt %j",
		async (header, prompt, message, hint) => {
			expect(await refusalOf(`${header}\na,1\n`, { ...csv, prompt })).toEqual({
				code: "usage",
				message,
				hint,
			});
		},
	);

	test("may have as many columns as a spreadsheet, and is refused at once where it has more", async () => {
		const wide = (columns: number) => {
			const names = Array.from({ length: columns - 1 }, (_, at) => `c${at}`);
			return `prompt,${names.join()}\na${",".repeat(columns - 1)}\n`;
		};
		expect(await readAll(wide(16_384), csv)).toMatchObject([{ prompt: "a" }]);
		expect(await readAll(wide(100_000), csv)).toEqual([
			{
				line: 1,
				reason:
					"the header has 100000 columns, more than the 16384 of a spreadsheet: is it one?",
			},
		]);
	});

	test("alone is no rows", async () => {
		expect(await refusalOf("prompt\n", csv)).toMatchObject({
			message: "rows.csv holds no rows",
		});
	});
});
