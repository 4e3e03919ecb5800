import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
	type BatchOrder,
	type PlannedRow,
	planRows,
} from "../../src/orders/plan-rows.ts";
import { inputOf, withNames } from "../../src/purchase/job.ts";
import type { BadRow, Row } from "../../src/rows/row.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { batchOrder, reading, ultra } from "./batch-order.ts";

function row(prompt: string, more: Partial<Row> = {}): Row {
	return {
		line: 1,
		prompt,
		seed: undefined,
		output: undefined,
		model: undefined,
		count: 1,
		inputs: {},
		columns: {},
		...more,
	};
}

/** What was planned, and what was not with the reason. */
async function plan(
	rows: readonly (Row | BadRow)[],
	more: Partial<BatchOrder> = {},
): Promise<readonly (Planned & BadRow)[]> {
	async function* all() {
		yield rows;
	}
	const planned: (Planned | BadRow)[] = [];
	for await (const one of planRows(all(), { ...batchOrder, ...more }))
		planned.push("reason" in one ? one : told(one));
	return planned as (Planned & BadRow)[];
}

type Planned = ReturnType<typeof told>;

function told({ key, line, job }: PlannedRow) {
	const { path: output, formats } = job.output;
	const { index, prompt, seed, images = 1, priceMicros, model } = job;
	const wish = { index, prompt, seed, images, priceMicros, model };
	return { key, line, ...wish, output, formats, input: inputOf(job.body) };
}

async function outputs(
	rows: readonly Row[],
	output: string | undefined,
): Promise<readonly string[]> {
	const images = await plan(rows, { output });
	return images.map((image) => image.output ?? image.reason);
}

describe("the identity of an image", () => {
	it("a row that is moved, or stands among others, keeps its key and its seed", async () => {
		const first = await plan([row("a"), row("b"), row("c")]);
		const moved = await plan([
			row("new", { line: 1 }),
			row("c", { line: 2 }),
			row("a", { line: 3 }),
		]);
		const wish = ({ prompt, key, seed, output }: Planned) => ({
			prompt,
			key,
			seed,
			output,
		});
		expect(moved.slice(1).map(wish)).toEqual(
			[first[2], first[0]].map((image) => image && wish(image)),
		);
	});

	it("the same prompt twice is two images with two seeds, which a repetition finds again", async () => {
		const twice = await plan([row("a"), row("a")]);
		expect(new Set(twice.map(({ key }) => key)).size).toBe(2);
		expect(new Set(twice.map(({ seed }) => seed)).size).toBe(2);
		const three = await plan([row("a"), row("b"), row("a"), row("a")]);
		expect(
			three.filter(({ prompt }) => prompt === "a").map(({ key }) => key),
		).toEqual([...twice.map(({ key }) => key), expect.any(String)]);
	});

	it("a count of two is the same two images as the row twice", async () => {
		const keys = async (rows: readonly Row[]) =>
			(await plan(rows)).map(({ key, index }) => [key, index]);
		expect(await keys([row("a", { count: 2 })])).toEqual(
			await keys([row("a"), row("a")]),
		);
	});

	it.each<[string, Partial<Row>, Partial<BatchOrder>]>([
		["prompt", { prompt: "b" }, {}],
		["seed", { seed: 7 }, {}],
		["model", { model: "pro" }, {}],
		["input of the row", { model: "pro", inputs: { width: 320 } }, {}],
		["input of all rows", {}, { read: reading({ width: 320 }, "pro") }],
		["destination of the row", { output: "x-{seed}.jpg" }, {}],
		["destination of all rows", {}, { output: "/elsewhere/" }],
		["service", {}, { service: "sandbox" }],
	])("another %s is another image", async (_what, more, orders) => {
		const [before] = await plan([row("a")]);
		const [after] = await plan([row("a", more)], orders);
		expect(after?.key).toMatch(/^[\da-f]{32}$/);
		expect(after?.key).not.toBe(before?.key);
	});

	it.each<[string, Partial<Row>, Partial<BatchOrder>]>([
		["line", { line: 99 }, {}],
		["columns that name nothing", { columns: { mood: "calm" } }, {}],
		["day", {}, { nowMs: Date.UTC(2027, 1, 1) }],
		[
			"command, project and callback",
			{},
			{
				command: "x",
				project: "p",
				callbackUrl: "https://x.test",
			},
		],
		["spelling of the model", { model: "ultra" }, {}],
		["place of an input", { inputs: {} }, { read: reading({}) }],
	])("another %s is the same image", async (_what, more, orders) => {
		const [before] = await plan([row("a")]);
		const [after] = await plan([row("a", more)], orders);
		expect([after?.key, after?.seed]).toEqual([before?.key, before?.seed]);
	});

	it("a seed that is given is sent as it is, also 0", async () => {
		const images = await plan([row("a", { seed: 0 }), row("a", { seed: 42 })]);
		expect(images.map(({ seed, input }) => [seed, input])).toEqual([
			[0, { prompt: "a", seed: 0 }],
			[42, { prompt: "a", seed: 42 }],
		]);
	});

	it("a seed that is made is one that every model takes", async () => {
		const rows = Array.from({ length: 300 }, (_, at) => row(`a ${at}`));
		const seeds = (await plan(rows)).map(({ seed }) => Number(seed));
		expect(Math.min(...seeds)).toBeGreaterThan(0);
		expect(Math.max(...seeds)).toBeLessThan(2 ** 31);
		expect(new Set(seeds).size).toBe(300);
	});
});

describe("where images go", () => {
	it.each<[string | undefined, Partial<Row>, string]>([
		[undefined, { seed: 7 }, "a-lamp-7.{ext}"],
		["out/", { seed: 7 }, "out/a-lamp-7.{ext}"],
		["o/{seed}-{slug}.{ext}", { seed: 7 }, "o/7-a-lamp.{ext}"],
		// As wide as the last index.
		["o/{index}.jpg", {}, "o/01.jpg"],
		["{model}/{date}.jpg", {}, "flux-1-1-pro-ultra/2026-11-03.jpg"],
		["{run}.jpg", {}, "{run}.jpg"],
		["{room}/x.jpg", { columns: { room: "hall" } }, "hall/x.jpg"],
		// A column named like a placeholder.
		["{slug}.jpg", { columns: { slug: "no" } }, "a-lamp.jpg"],
		["out/", { output: "x.jpg" }, "out/x.jpg"],
		["out/", { output: "in/", seed: 7 }, "out/in/a-lamp-7.{ext}"],
		[undefined, { output: "{room}.jpg", columns: { room: "den" } }, "den.jpg"],
	])("-o %s and a row with %j: %s", async (output, more, expected) => {
		expect(await outputs([row("a lamp", more)], output)).toEqual([
			`/home/ann/${expected}`,
		]);
	});

	it.each(["../../x", "a/b", "..", "/etc/passwd", "C:\\x", "\0", "x\u202egpj"])(
		"a column that says %j cannot climb out of the folder or add one",
		async (room) => {
			const [file = ""] = await outputs(
				[row("a", { columns: { room } })],
				"out/{room}.jpg",
			);
			expect(file).toMatch(/^\/home\/ann\/out\/[^/\\\0]+\.jpg$/);
		},
	);

	it("a folder that exists needs no slash", async () => {
		const cwd = temporaryFolder();
		const [image] = await plan([row("a", { seed: 7 })], { cwd, output: "." });
		expect(image?.output).toBe(join(cwd, "a-7.{ext}"));
	});

	it("a format that is not known yet stays open", async () => {
		expect(
			await outputs([row("a", { model: "pro", seed: 7 })], "{seed}.{ext}"),
		).toEqual(["/home/ann/7.{ext}"]);
	});

	it("several images of a row have names of their own", async () => {
		const files = await outputs([row("a", { count: 3 })], "out/");
		expect(new Set(files).size).toBe(3);
	});
});

describe("a row's own place", () => {
	it.each([
		["x.jpg", "/out/x.jpg"],
		["./", "/out/a-7.{ext}"],
		["a/../x.jpg", "/out/x.jpg"],
		["..x.jpg", "/out/..x.jpg"],
		["{room}/x.jpg", "/out/_/x.jpg"],
	])("%j is below the folder of -o", async (output, file) => {
		const columns = { room: ".." };
		expect(
			await outputs([row("a", { output, columns, seed: 7 })], "/out/"),
		).toEqual([file]);
	});

	it.each(["../x.jpg", "../../pwn.jpg", "a/../../x.jpg", "../", "..", "."])(
		"%j leaves the folder of -o, whatever is allowed",
		async (output) => {
			for (const allowsAbsolute of [false, true])
				expect(
					await plan([row("a", { output })], { output: "o/", allowsAbsolute }),
				).toMatchObject([
					{
						line: 1,
						reason: `output "${output}" leaves the folder of -o (rows name places below it)`,
					},
				]);
		},
	);

	it("follows a link that the folder's owner put there", async () => {
		const [cwd, elsewhere] = [temporaryFolder(), temporaryFolder()];
		symlinkSync(elsewhere, join(cwd, "linked"));
		const [image] = await plan([row("a", { output: "linked/x.jpg" })], {
			cwd,
			output: undefined,
		});
		expect(image?.output).toBe(join(cwd, "linked/x.jpg"));
	});

	it.each([
		["/out/x.jpg", "/out/x.jpg"],
		["/etc/", "/etc/a-7.{ext}"],
	])("%j is absolute, which has to be allowed", async (output, file) => {
		const rows = [row("a", { output, seed: 7 })];
		expect(await outputs(rows, "/out/")).toEqual([
			expect.stringMatching(/ is an absolute path .*--allow-absolute/),
		]);
		const [image] = await plan(rows, { allowsAbsolute: true });
		expect(image?.output).toBe(file);
	});

	it.each(["", " "])("a name is refused where its cell is %j", async (room) => {
		const columns = { room, seed: "" };
		expect(
			await outputs(
				[
					row("a", { columns }),
					row("a", { columns, output: "{seed}.jpg", seed: 7 }),
				],
				"/out/{room}-{seed}.jpg",
			),
		).toEqual(['"room" is empty, and the name needs it', "/out/7.jpg"]);
	});
});

describe("bad rows", () => {
	it.each<[string, Partial<Row>, RegExp]>([
		["a model that there is not", { model: "fluxx" }, /fluxx/],
		[
			"an extension that is not delivered",
			{ output: "x.png" },
			/delivers JPEG, not \.png \(use -o with \.jpg/,
		],
		[
			"a placeholder without a value",
			{ output: "{room}.jpg" },
			/unknown placeholder \{room\}/,
		],
		["a brace that is never closed", { output: "{seed.jpg" }, /never closed/],
	])("%s", async (_what, more, reason) => {
		expect(await plan([row("a", { line: 3, ...more }), row("b")])).toEqual([
			{
				...{ line: 3, reason: expect.stringMatching(reason) },
				...{ prompt: "a", columns: {}, index: 1, number: 1 },
			},
			expect.objectContaining({ prompt: "b", index: 2 }),
		]);
	});

	it("what the reader found is passed on, and keeps its place among names and images", async () => {
		const bad = { line: 2, reason: "no prompt", count: 2 };
		const output = "/out/{index}.{ext}";
		const planned = await plan([row("a"), bad, row("b")], { output });
		expect(planned.map((one) => one.reason ?? one.output)).toEqual([
			"/out/01.{ext}",
			"no prompt",
			"/out/03.{ext}",
		]);
		expect(planned.map(({ index }) => index)).toEqual([1, 2, 4]);
	});

	it.each([
		["-", "a batch cannot write its images to stdout"],
		["x.jpg", "the images of a batch would share the name x.jpg"],
		[" ", "-o needs a file, a folder or a template"],
	])("-o %j holds for no batch", async (output, message) => {
		await expect(plan([row("a")], { output })).rejects.toMatchObject({
			code: "usage",
			message,
		});
	});
});

it.each([
	[{}, {}, "x-{seed}.jpg"],
	[{ seed: "1", colour: "red" }, { seed: "2", colour: "red" }, "x-{seed}.jpg"],
	[{ colour: "red", sku: "A" }, { colour: "red", sku: "B" }, "x-{sku}.jpg"],
])(
	"one name for all rows is refused with what tells them apart: %j, %j",
	async (first, second, name) => {
		const rows = [first, second].map((columns) => row("a", { columns }));
		await expect(plan(rows, { output: "x.jpg" })).rejects.toMatchObject({
			hint: `tell them apart: -o "${name}"`,
		});
	},
);

it("the rows are counted only where a name needs it, and once", async () => {
	let counts = 0;
	const countRows = async () => {
		counts += 1;
		return 1_000;
	};
	await plan([row("a")], { countRows });
	expect(counts).toBe(0);
	const [image] = await plan([row("a")], { countRows, output: "{index}.jpg" });
	expect(image?.output).toBe("/home/ann/0001.jpg");
});

it("the job has what is sent, to the byte, and what brings the image home", async () => {
	const callbackUrl = "https://call.test/back";
	async function* rows() {
		yield [row("a", { line: 5, seed: 7 })];
	}
	const all = { ...batchOrder, callbackUrl, project: "p", force: true };
	const names = { ref: "ref", clientRef: "group.0", group: "group" };
	const { value: planned } = await planRows(rows(), all).next();
	if (!("job" in planned)) throw new Error("one row is one image");
	const job = withNames(planned.job, names);
	expect({ ...job, body: JSON.parse(job.body) }).toEqual({
		version: 1,
		...names,
		service: "https://api.test",
		model: ultra,
		body: {
			input: { prompt: "a", seed: 7 },
			client_ref: "group.0",
			metadata: { job: "ref", line: 5 },
			callback_url: callbackUrl,
		},
		prompt: "a",
		seed: 7,
		output: {
			path: "/out/a-7.{ext}",
			force: true,
			sidecar: false,
			formats: ["jpeg"],
		},
		index: 1,
		project: "p",
		priceMicros: 60_000,
		createdAt: new Date(batchOrder.nowMs).toISOString(),
		command: "flux-ultra batch rows",
		stage: { name: "planned" },
	});
});
