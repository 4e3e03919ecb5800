import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRowsWorld, purchases, statuses } from "../orders/rows-world.ts";

const rows = [
	'{"prompt": "a mug", "sku": "m"}',
	'{"prompt": "a cup", "sku": "c", "seed": -1}',
	"{broken",
	'{"prompt": "a jug", "sku": "j", "output": "../j.jpg"}',
	'{"prompt": "a pot", "sku": "p"}',
];

it("--skip-bad leaves bad rows out, and tells of each in records, on stderr and in the report: exit 3", async () => {
	const world = await createRowsWorld(rows);
	const words = ["--skip-bad", "--json", "--report", "report.csv"];
	const { code, records, stderr } = await world.batch(words);
	expect([code, world.totals()]).toEqual([3, { bought: 2, images: 2 }]);
	expect(stderr).toMatch(
		/^note: 3 rows of rows cannot be bought, and are left out: lines 2-4\n/,
	);
	expect(stderr).toMatch(/^line 2: error: seed -1 is not a whole number/m);
	const bad = records.filter(({ status }) => status === "failed");
	expect(bad).toEqual(
		[
			[2, 2, "a cup", "seed -1 is not a whole number from 0 to "],
			[3, 3, "", "not JSON: "],
			[4, 4, "a jug", 'output "../j.jpg" leaves the folder of -o'],
		].map(([line, index, prompt, reason]) => ({
			...{ version: 1, status: "failed", charged: "no", run_id: null },
			...{ line, index, prompt, seed: null, client_ref: "", sandbox: false },
			model: "black-forest-labs/flux-1-1-pro-ultra",
			error: {
				code: "usage",
				message: expect.stringContaining(`${reason}`),
				...{
					hint: null,
					retryable: false,
					http_status: null,
					request_id: null,
				},
			},
		})),
	);
	const report = readFileSync(join(world.cwd, "report.csv"), "utf8");
	// What is left out comes first, the others as they end.
	expect(report).toMatch(/^line,.*\n2,.*\n3,.*\n4,/);
	expect(report).toMatch(/^2,2,failed,.*usage,seed -1 .*,a cup,,,,c,$/m);
});

it("what was mended is bought by the same command", async () => {
	const world = await createRowsWorld(rows);
	await world.batch(["--skip-bad"]);
	world.write("rows", [...rows.slice(0, 1), '{"prompt": "a cup"}']);
	const again = await world.batch(["--skip-bad"]);
	expect([again.code, purchases(again)]).toEqual([0, 1]);
});

describe("a row that is left out keeps its place for when it is mended", () => {
	const sheet = (third: string) => [
		"name",
		...["mug", "cup", third, "pot", "jug", "can", "pan", "lid", "bowl", "tin"],
	];
	const words = ["--prompt", "a {name}", "-o", "o/{index}.jpg", "--skip-bad"];

	it("in names, which are as wide as with it", async () => {
		const world = await createRowsWorld([]);
		world.write("rows.csv", sheet("x,y"));
		const first = await world.run(["batch", "rows.csv", ...words, "--json"]);
		expect([first.code, world.sandbox.summary().bought]).toEqual([3, 9]);
		expect(first.records.find(({ line }) => line === 4)).toMatchObject({
			...{ status: "failed", index: 3 },
		});
		world.write("rows.csv", sheet("vase"));
		const mended = await world.run(["batch", "rows.csv", ...words]);
		expect([mended.code, purchases(mended)]).toEqual([0, 1]);
		expect(mended.stdout).toContain("o/03.jpg");
	});

	it("in shards, with all runs that it asks for", async () => {
		const world = await createRowsWorld([
			'{"prompt": "", "count": 2, "num_images": 2}',
			'{"prompt": "a mug"}',
			'{"prompt": "a cup"}',
		]);
		const shard = [
			...["-m", "klein", "--skip-bad", "--dry-run", "--json"],
			...["--shard", "1/2"],
		];
		const told = async () =>
			(await world.batch(shard)).records.map(({ index, prompt }) => [
				...[index, prompt],
			]);
		expect(await told()).toEqual([
			[1, ""],
			[3, "a mug"],
		]);
		world.write("rows", [
			'{"prompt": "a pot", "count": 2, "num_images": 2}',
			'{"prompt": "a mug"}',
			'{"prompt": "a cup"}',
		]);
		expect(await told()).toEqual([
			[1, "a pot"],
			[2, "a pot"],
			[5, "a mug"],
		]);
	});
});

it("of rows that are all bad nothing is bought, without a key: exit 2", async () => {
	const world = await createRowsWorld(rows.slice(1, 4));
	const outcome = await world.batch(["--skip-bad", "--json"], {
		env: { RUNFLOW_API_KEY: undefined },
	});
	expect([outcome.code, outcome.sent, statuses(outcome)]).toEqual([
		2,
		[],
		{ failed: 3 },
	]);
});

it("--dry-run has the same records and exit code", async () => {
	const world = await createRowsWorld(rows);
	const plan = await world.batch(["--skip-bad", "--dry-run", "--json"]);
	expect([plan.code, statuses(plan)]).toEqual([3, { planned: 2, failed: 3 }]);
	const sound = await world.batch(["--skip-bad", "--dry-run", "--limit", "1"]);
	expect(sound.code).toBe(0);
});

it("with --each a bad row has no number of images, so that nothing is named or parted by one: exit 2", async () => {
	const world = await createRowsWorld([
		'{"prompt": ""}',
		'{"prompt": "a {red|blue} mug"}',
	]);
	const words = ["--each", "--skip-bad"];
	for (const more of [
		["-o", "o/{index}.jpg"],
		["--shard", "1/2"],
	]) {
		const { code, stderr, sent } = await world.batch([...words, ...more]);
		expect([code, sent]).toEqual([2, []]);
		expect(stderr).toContain(
			`error: with --each it is not known how many images line 1 will be, and ${more[0] === "-o" ? "{index}" : "--shard"} counts them\n  mend the row, or leave `,
		);
	}
	expect((await world.batch(words)).code).toBe(3);
});

describe("a row that is right, and has something in its way,", () => {
	it("is left out with the seed and the place that it has", async () => {
		const world = await createRowsWorld([
			'{"prompt": "a mug", "output": "x.jpg", "seed": 7}',
			'{"prompt": "a cup", "output": "x.jpg", "seed": 8}',
			'{"prompt": "a jug", "output": "y.jpg", "seed": 9}',
			'{"prompt": "a pot", "output": "z.jpg", "seed": 10}',
		]);
		const words = ["--json", "--skip-bad", "-o", "./"];
		writeFileSync(join(world.cwd, "y.jpg"), "mine");
		const first = await world.batch([...words, "--max-failures", "0"]);
		expect(first.code).toBe(3);
		expect(
			first.records.map(({ index, line, seed, status }) => [
				...[index, line, seed, status],
			]),
		).toEqual([
			[1, 1, 7, "saved"],
			[2, 2, 8, "failed"],
			[3, 3, 9, "failed"],
			[4, 4, 10, "saved"],
		]);
		expect(readFileSync(join(world.cwd, "y.jpg"), "utf8")).toBe("mine");
		expect(world.sandbox.summary().bought).toBe(2);
	});

	it("is told image by image, and only by the shard that it is of", async () => {
		const row = '{"prompt": "icons", "output": "x.jpg", "num_images": 2}';
		const world = await createRowsWorld([
			'{"prompt": "a mug"}',
			row,
			'{"prompt": "a cup"}',
		]);
		const told = async (shard: string) => {
			const { records } = await world.batch([
				...["-m", "klein", "--skip-bad", "--json", "--dry-run"],
				...["--shard", shard],
			]);
			return records.map(({ index, output, status }) => [
				...[index, output, status],
			]);
		};
		expect(await told("2/2")).toEqual([
			[2, 1, "failed"],
			[3, 2, "failed"],
		]);
		expect(await told("1/2")).toEqual([
			[1, undefined, "planned"],
			[4, undefined, "planned"],
		]);
	});
});

it("without it the error record says what is wrong with each row, up to a hundred", async () => {
	const bad = Array.from({ length: 101 }, () => '{"prompt": ""}');
	const world = await createRowsWorld(['{"prompt": "a mug"}', ...bad]);
	const { code, records, sent } = await world.batch(["--json"]);
	const [{ error }] = records;
	expect([code, sent, error.message, error.hint]).toEqual([
		2,
		[],
		expect.stringContaining("101 rows of rows cannot be bought: "),
		"nothing was sent; mend the rows and run the same command again; to leave out what is bad: --skip-bad",
	]);
	expect(error.rows.length).toBe(100);
	expect(error.rows[0]).toEqual({ line: 2, reason: "the prompt is empty" });
});
