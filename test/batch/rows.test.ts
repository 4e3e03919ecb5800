import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Json, Outcome, RunOptions } from "../cli/world.ts";
import { createRowsWorld, prompts, purchases } from "../orders/rows-world.ts";

const colours = `name,colour,seed,output
lamp,"red, matt",7,lamp.jpg
chair,blue,8,chair.jpg
`;
const lines = [
	{ prompt: "a lamp", seed: 7, output: "lamp.jpg" },
	{ prompt: "a chair", seed: 8, output: "chair.jpg", mood: "calm" },
].map((row) => JSON.stringify(row));

it.each<
	[string, string, string | readonly string[], readonly string[], object[]]
>([
	[
		"text, without its blank lines",
		"rows.txt",
		"a lamp\r\n\r\n  \na chair\r\n",
		["-o", "out/{index}.jpg"],
		[
			{ line: 1, prompt: "a lamp", file: "out/1.jpg" },
			{ line: 4, prompt: "a chair", file: "out/2.jpg" },
		],
	],
	[
		"prompts that end with a NUL and hold lines",
		"rows",
		"a lamp\nof brass\0a chair\0",
		["-0", "-o", "out/{index}.jpg"],
		[
			{ line: 1, prompt: "a lamp\nof brass", file: "out/1.jpg" },
			{ line: 2, prompt: "a chair", file: "out/2.jpg" },
		],
	],
	[
		"JSON Lines",
		"rows.jsonl",
		lines,
		["-o", "out/"],
		[
			{ line: 1, prompt: "a lamp", seed: 7, file: "out/lamp.jpg" },
			{ line: 2, prompt: "a chair", seed: 8, file: "out/chair.jpg" },
		],
	],
	[
		"JSON Lines whose keys name the files",
		"rows",
		[lines[1] ?? ""],
		["-o", "{mood}/{seed}.{ext}"],
		[{ line: 1, prompt: "a chair", seed: 8, file: "calm/chair.jpg" }],
	],
	[
		"CSV with a template for the prompts",
		"rows.csv",
		`\uFEFF${colours.replaceAll("\n", "\r\n")}`,
		["-o", "out/", "--prompt", "a {colour} {name}"],
		[
			{ line: 2, prompt: "a red, matt lamp", seed: 7, file: "out/lamp.jpg" },
			{ line: 3, prompt: "a blue chair", seed: 8, file: "out/chair.jpg" },
		],
	],
	[
		"CSV whose columns name the files",
		"rows.csv",
		"prompt,room\na lamp,hall\na chair,den\n",
		["-o", "{room}/{slug}.jpg"],
		[
			{ line: 2, prompt: "a lamp", file: "hall/a-lamp.jpg" },
			{ line: 3, prompt: "a chair", file: "den/a-chair.jpg" },
		],
	],
	[
		"CSV with several images a row",
		"rows.csv",
		"prompt,count\na lamp,2\na chair,1\n",
		["-o", "out/{slug}-{seed}.jpg"],
		[
			{ line: 2, prompt: "a lamp", index: 1 },
			{ line: 2, prompt: "a lamp", index: 2 },
			{ line: 3, prompt: "a chair", index: 3 },
		],
	],
	[
		"CSV that is insisted on",
		"rows",
		"prompt\na lamp\n",
		["--format", "csv", "-o", "{index}.jpg"],
		[{ line: 2, prompt: "a lamp", file: "1.jpg" }],
	],
])(
	"%s: from a file and from stdin",
	async (_what, name, content, more, records) => {
		const world = await createRowsWorld([]);
		world.write(name, content);
		const argv = ["batch", name, "--json", ...more];
		const made = await world.run(argv);
		expect([made.code, made.records]).toEqual([
			0,
			records.map((record) =>
				expect.objectContaining({ ...record, status: "saved" }),
			),
		]);
		const text = typeof content === "string" ? content : content.join("\n");
		const piped = await world.run(["batch", "-", "--json", ...more], {
			stdin: text,
		});
		expect([piped.code, piped.sent, piped.records]).toEqual([
			0,
			[],
			records.map((record) =>
				expect.objectContaining({ ...record, status: "skipped" }),
			),
		]);
	},
);

it("the row's own model and inputs go into the order, and what is no input stays here", async () => {
	const world = await createRowsWorld([
		JSON.stringify({
			prompt: "a lamp",
			seed: 7,
			model: "pro",
			width: 320,
			colour: "red",
		}),
	]);
	const { sent } = await world.batch(["--param", "height=288", "--json"]);
	const order = sent.find(({ method }) => method === "POST");
	const job = world.ledger()[0].record.client_ref;
	expect(JSON.parse(order?.body ?? "")).toEqual({
		input: { prompt: "a lamp", seed: 7, width: 320, height: 288 },
		client_ref: expect.stringMatching(/^[\da-f-]{36}\.0$/),
		metadata: { job, line: 1 },
	});
	expect(order?.headers).toMatchObject({ "idempotency-key": job });
});

it("what a row would be made of is in its planned record, as it is in the one of its image", async () => {
	const world = await createRowsWorld([
		JSON.stringify({ prompt: "a lamp", model: "pro", width: 320 }),
		JSON.stringify({ prompt: "a chair" }),
	]);
	const inputs = ({ records }: Outcome) =>
		[...(records as readonly Json[])]
			.sort((a, b) => a.index - b.index)
			.map((record) => record.inputs);
	const planned = await world.batch(["--dry-run", "--json"]);
	expect(inputs(planned)).toEqual([{ width: 320 }, undefined]);
	expect(inputs(await world.batch(["--json"]))).toEqual(inputs(planned));
	expect(inputs(await world.batch(["--json"]))).toEqual(inputs(planned));
});

it("what is wrong with many rows for one reason is said once, with all their lines", async () => {
	const world = await createRowsWorld(prompts(2));
	const wrong = await world.run(["batch", "rows", "-o", "out/{nmae}.jpg"]);
	expect([wrong.code, wrong.sent]).toEqual([2, []]);
	expect(wrong.stderr.split("{nmae}").length - 1).toBe(2);
	expect(wrong.stderr).toMatch(
		/2 rows of rows cannot be bought: rows:1: unknown placeholder \{nmae\} .* \(line 2 too\)\n {2}nothing was sent\n$/,
	);

	world.write("rows", [
		...['{"prompt":"a"}', '{"prompt":""}', '{"prompt":"b"}', '{"prompt":""}'],
		...['{"prompt":""}', '{"prompt":"c","seed":-1}', '{"prompt":""}'],
	]);
	const several = await world.batch(["--format", "jsonl"]);
	expect(several.stderr).toMatch(
		/^rows:2: the prompt is empty \(lines 4-5, 7 too\)\nrows:6: seed .*\nerror: 5 rows of rows cannot be bought: lines 2, 4-7\n/m,
	);
});

it("a row climbs out of no folder, and names an absolute path only where that is allowed", async () => {
	const world = await createRowsWorld([]);
	const absolute = join(world.cwd, "absolute.jpg");
	world.write("rows", [
		JSON.stringify({ prompt: "a lamp", output: "../../pwn.jpg" }),
		JSON.stringify({ prompt: "a lamp", output: absolute }),
		JSON.stringify({ prompt: "a lamp", output: "~/lamp.jpg" }),
	]);
	const refused = await world.batch();
	expect([refused.code, refused.sent]).toEqual([2, []]);
	expect(refused.stderr).toMatch(/rows:1: .* leaves the folder of -o/);
	expect(refused.stderr).toMatch(/rows:2: .* --allow-absolute/);
	expect(refused.stderr).toMatch(/rows:3: .* --allow-absolute/);
	world.write("rows", [JSON.stringify({ prompt: "a lamp", output: absolute })]);
	expect((await world.batch(["--allow-absolute"])).code).toBe(0);
	expect(world.files()).toContain("absolute.jpg");
});

it("every bad row is shown with its line, exit 2, and nothing is sent", async () => {
	const world = await createRowsWorld([
		JSON.stringify({ prompt: "a lamp" }),
		"{ no json",
		JSON.stringify({ prompt: "a lamp", seed: -1 }),
		JSON.stringify({ prompt: "" }),
		JSON.stringify({ prompt: "a lamp", model: "no-such-model" }),
		JSON.stringify({ prompt: "a lamp", output: "lamp.png" }),
		JSON.stringify({ prompt: "a lamp", output: "{room}.jpg" }),
		JSON.stringify({ prompt: "a chair", output: "chair.jpg" }),
		JSON.stringify({ prompt: "a table", output: "CHAIR.jpg" }),
	]);
	const outcome = await world.run([
		...["batch", "rows", "-o", "out/", "--json", "--format", "jsonl"],
	]);
	expect([outcome.code, outcome.sent, world.files(), world.jobs()]).toEqual([
		2,
		[],
		["rows"],
		[],
	]);
	const told = outcome.stderr
		.split("\n")
		.filter((line) => /^rows:\d+: /.test(line))
		.map((line) => line.slice(0, 60));
	expect(told.map((line) => line.split(":")[1])).toEqual([
		...["2", "3", "4", "5", "6", "7", "9"],
	]);
	expect(outcome.stderr.match(/rows:2: /g)).toHaveLength(1);
	expect(outcome.records).toEqual([
		{
			version: 1,
			status: "error",
			charged: "no",
			error: {
				code: "usage",
				message: "7 rows of rows cannot be bought: lines 2-7, 9",
				hint: "nothing was sent; mend the rows and run the same command again; to leave out what is bad: --skip-bad",
				retryable: false,
				http_status: null,
				request_id: null,
				rows: told.map((line) => ({
					line: Number(line.split(":")[1]),
					reason: expect.stringContaining(
						line.replace(/^rows:\d+: /, "").slice(0, 40),
					),
				})),
			},
		},
	]);
});

const rubbish = Buffer.from(
	Array.from({ length: 16 * 1024 }, (_, at) => (at * 7919 + 13) % 256),
);

it.each<[string, readonly string[], RunOptions, RegExp]>([
	["a file that is not there", ["nowhere.txt"], {}, /cannot read nowhere\.txt/],
	["a folder", ["."], {}, /cannot read \./],
	[
		"a prompt",
		["a red bicycle"],
		{},
		/cannot read a red bicycle.*\n.*a single prompt goes without batch/,
	],
	["an empty file", ["empty"], {}, /empty is empty/],
	["blank lines alone", ["blank"], {}, /holds no rows/],
	["16 KB of rubbish", ["rubbish"], {}, /UTF-8|binary|not text|NUL/i],
	["empty stdin", ["-"], { stdin: "" }, /stdin is empty/],
	["rubbish on stdin", ["-"], { stdin: rubbish }, /UTF-8|binary|not text|NUL/i],
	["a terminal as stdin", ["-"], { tty: { stdin: true } }, /no rows on stdin/],
	[
		"a template naming a column that is not there",
		["rows.csv", "--prompt", "a {color} {name}"],
		{},
		/--prompt names \{color\}, which is no column.*colour/,
	],
	...["shot of {{name}}", "shot of ", "[name]", "/tmp/x"].flatMap((template) =>
		["rows.csv", "row.jsonl"].map(
			(file): [string, readonly string[], RunOptions, RegExp] => [
				`a template that uses no column of ${file}, "${template}"`,
				[file, "--prompt", template],
				{},
				/--prompt uses no column.*\n.*there are: name, colour.*\{name\}.*--count/,
			],
		),
	),
	[
		"a name of files made of a column that is not there",
		["rows.csv", "--prompt", "a {name}", "-o", "out/{room}.jpg"],
		{},
		/rows\.csv:2: unknown placeholder \{room\}.*\n {2}nothing was sent\n$/,
	],
	["a CSV without a prompt", ["rows.csv"], {}, /prompt/],
	[
		"images on stdout",
		["rows", "-o", "-"],
		{},
		/cannot write its images to stdout/,
	],
	["one file for many", ["rows", "-o", "x.jpg"], {}, /share the name x\.jpg/],
])(
	"%s: exit 2 with a message, nothing sent, nothing made",
	async (_what, words, options, said) => {
		const world = await createRowsWorld(prompts(2));
		world.write("empty", "");
		world.write("blank", "\n\n  \n");
		world.write("rubbish", rubbish);
		world.write("rows.csv", "name,colour\nlamp,red\n");
		world.write("row.jsonl", '{"name":"lamp","colour":"red"}\n');
		const before = world.files();
		const outcome = await world.run(["batch", ...words], options);
		expect([outcome.code, outcome.sent, world.jobs(), world.files()]).toEqual([
			2,
			[],
			[],
			before,
		]);
		expect(outcome.stderr).toMatch(said);
		expect(outcome.stderr).not.toMatch(/\n {4}at /);
	},
);

it("no copy of the rows stays behind", async () => {
	const world = await createRowsWorld(prompts(2));
	await world.batch();
	await world.run(["batch", "rows", "-o", "-"]);
	const { readdirSync } = await import("node:fs");
	expect(readdirSync(`${world.state}/rows`)).toEqual([]);
});

it("a thousand rows without a change send nothing and stay quiet", async () => {
	const world = await createRowsWorld(prompts(8));
	await world.batch();
	const again = await world.batch(["-q"]);
	expect([again.code, again.stderr, purchases(again)]).toEqual([0, "", 0]);
});

it("rows that the state folder has no place for end the batch in words", async () => {
	const world = await createRowsWorld(prompts(1));
	mkdirSync(world.state, { recursive: true });
	writeFileSync(join(world.state, "rows"), "");
	const { code, stderr, sent } = await world.batch();
	expect([code, sent]).toEqual([9, []]);
	expect(stderr).toMatch(
		/^error: the state folder .* cannot be used: .*\n {2}it must be/,
	);
});
