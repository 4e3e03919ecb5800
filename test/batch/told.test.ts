import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { expect, it } from "vitest";
import type { Json, Outcome } from "../cli/world.ts";
import {
	createRowsWorld,
	prompts,
	type RowsWorld,
} from "../orders/rows-world.ts";

/** The records in the order in which they were printed. */
function printed({ stdout }: Outcome) {
	return stdout
		.split("\n")
		.filter(Boolean)
		.map((line) => JSON.parse(line));
}

const byLine = (a: { line?: number }, b: { line?: number }) =>
	Number(a.line) - Number(b.line);

function read(world: RowsWorld, name: string): string {
	return readFileSync(join(world.cwd, name), "utf8");
}

it("--json has one record an image, with its index and its line", async () => {
	const world = await createRowsWorld(
		["", "a mill", "", "a bridge", "a lamp"],
		{
			faults: ["run:moderated@2"],
		},
	);
	const outcome = await world.batch(["--json"]);
	const records = printed(outcome);
	expect(
		[...records]
			.sort((a, b) => a.index - b.index)
			.map(({ index, line, prompt }) => [index, line, prompt]),
	).toEqual([
		[1, 2, "a mill"],
		[2, 4, "a bridge"],
		[3, 5, "a lamp"],
	]);
	const saved = outcome.records.find(({ status }) => status === "saved");
	expect(saved).toEqual({
		version: 1,
		status: "saved",
		file: expect.stringMatching(/^out\/a-[a-z]+-\d+\.jpg$/),
		path: join(world.cwd, saved?.file ?? ""),
		bytes: expect.any(Number),
		width: 64,
		height: 48,
		format: "jpeg",
		sha256: expect.stringMatching(/^[\da-f]{64}$/),
		prompt: expect.any(String),
		seed: expect.any(Number),
		model: "black-forest-labs/flux-1-1-pro-ultra",
		run_id: expect.any(String),
		client_ref: expect.any(String),
		index: expect.any(Number),
		line: expect.any(Number),
		charged: "yes",
		cost_usd: 0.06,
		paid_usd: 0.06,
		submitted_at: expect.stringMatching(/^2026-11-03T12:/),
		run_ms: expect.any(Number),
		total_ms: expect.any(Number),
		sandbox: true,
	});
});

it("off a terminal stdout has the paths, and stderr a line an image and a summary", async () => {
	const world = await createRowsWorld(prompts(3));
	const { stdout, stderr } = await world.batch(["-p", "1"]);
	expect(stdout.trim().split("\n").sort()).toEqual(
		world.files().filter((file) => file.startsWith("out/")),
	);
	const [estimate, ...lines] = stderr.trim().split("\n");
	expect(estimate).toBe("3 images, 0 on disk, 3 to buy for $0.18");
	expect(lines.slice(0, 3).sort()).toEqual(
		[1, 2, 3].map((line) =>
			expect.stringMatching(
				new RegExp(
					`^line ${line}: ✔ out/a-garden-${line}-\\d+\\.jpg {2}64 × 48 · 2 kB · seed \\d+ · \\$0\\.06 · \\d\\.\\d s · sandbox$`,
				),
			),
		),
	);
	expect(lines.slice(3)).toEqual([
		expect.stringMatching(/^3 saved of 3 in out\/ · \$0\.18 · \d s$/),
	]);
});

it("--quiet leaves the paths, and why something failed", async () => {
	const world = await createRowsWorld(prompts(3), {
		faults: ["run:moderated@1"],
	});
	const { code, stdout, stderr } = await world.batch(["-q"]);
	expect([code, stdout.split("\n").length]).toEqual([3, 3]);
	expect(stderr).toMatch(/^line \d: error: run \S+ was refused by moderation/);
	expect(stderr.trim().split("\n").length).toBeLessThanOrEqual(2);
});

it("a repetition prints the paths again, and no line an image on stderr", async () => {
	const world = await createRowsWorld(prompts(3));
	await world.batch();
	const { stdout, stderr } = await world.batch();
	expect(stdout.split("\n")).toHaveLength(4);
	expect(stderr.trim().split("\n")).toEqual([
		"3 images, 3 on disk, 0 to buy for $0.00",
		expect.stringMatching(/^3 there already of 3 in out\/ · \$0\.00 · \d s$/),
	]);
});

it("--report as JSON Lines has the records of --json", async () => {
	const world = await createRowsWorld(prompts(4), {
		faults: ["run:failed@2"],
	});
	const outcome = await world.batch(["--json", "--report", "done.jsonl"]);
	const lines = read(world, "done.jsonl").trim().split("\n");
	// Both are in the order of completion, which two rows that end at once share.
	const reported = lines.map((line) => JSON.parse(line));
	expect(reported.sort(byLine)).toEqual(printed(outcome).sort(byLine));
});

it("a report that can't be written is told before anything is bought", async () => {
	const world = await createRowsWorld(prompts(2));
	world.write("file", "");
	const outcome = await world.batch(["--report", "file/done.csv"]);
	expect([outcome.code > 0, world.totals()]).toEqual([
		true,
		{ bought: 0, images: 0 },
	]);
	expect(outcome.stderr).toContain(join(world.cwd, "file"));
});

it("the folder of a report is made", async () => {
	const world = await createRowsWorld(prompts(2));
	await world.batch(["--report", "a/b/done.csv"]);
	expect(read(world, "a/b/done.csv").trim().split("\n")).toHaveLength(3);
});

it("neither key nor signature is anywhere, in a storm and told at length", async () => {
	const world = await createRowsWorld(prompts(10), {
		faults: ["image:cut/3", "image:expire@2", "post:reset-after/4"],
	});
	// The world itself looks for both, in the streams and in every file.
	const words = ["--verbose", "--sidecar", "--report", "done.jsonl", "--json"];
	expect(await world.batch(words)).toMatchObject({ code: 0 });
	expect(world.files()).toContain("done.jsonl");
});

it("what a row says is made harmless where it is shown", async () => {
	const red = "\u001b[31m";
	const world = await createRowsWorld([
		JSON.stringify({ prompt: `a ${red}lamp`, output: "lamp.png" }),
	]);
	const { code, stderr } = await world.batch([]);
	expect([code, stderr.includes("\u001b")]).toEqual([2, false]);
});

it("on a terminal the board stands below, failures scroll, and stdout stays quiet", async () => {
	const world = await createRowsWorld(prompts(5), {
		faults: ["run:moderated@2"],
	});
	const { code, stdout, stderr } = await world.batch(["-p", "1"], {
		tty: { stdin: true, stdout: true, stderr: true },
		env: { NO_COLOR: undefined },
	});
	expect([code, stdout]).toEqual([3, ""]);
	expect(stderr).toContain("█");
	expect(stderr.match(/was refused by moderation/g)).toHaveLength(1);
	expect(stderr.trim().split("\n").at(-1)).toMatch(
		/4 saved, 1 failed of 5 in out\/ · \$0\.24 · \d s$/,
	);
});

it("--report carries the columns of each row, and on a repetition what was paid beside what was spent", async () => {
	const world = await createRowsWorld([]);
	writeFileSync(
		join(world.cwd, "shop.csv"),
		"sku,name,status\n0017,=tea,new\n0018,a cup,old\n",
	);
	const argv = [
		...["batch", "shop.csv", "--prompt", "a {name} on a table"],
		...["-o", "out/{sku}.jpg", "--project", "tea", "--report", "booked.csv"],
	];
	const booked = async () => {
		expect((await world.run(argv)).code).toBe(0);
		const rows: Json[] = parse(read(world, "booked.csv"), { columns: true });
		return rows
			.map(({ sku, name, row_status, cost_usd, paid_usd }) =>
				[sku, name, row_status, cost_usd, paid_usd].join(" "),
			)
			.sort();
	};
	expect(await booked()).toEqual([
		"0017 '=tea new 0.06 0.06",
		"0018 a cup old 0.06 0.06",
	]);
	expect(await booked()).toEqual([
		"0017 '=tea new 0 0.06",
		"0018 a cup old 0 0.06",
	]);
	await world.run([...argv.slice(0, -1), "booked.jsonl"]);
	const lines = read(world, "booked.jsonl").trim().split("\n");
	expect(lines.map((line) => JSON.parse(line).row.sku).sort()).toEqual([
		"0017",
		"0018",
	]);
	const { records } = await world.run(["spend", "--by", "project", "--json"]);
	expect(records[0]).toMatchObject({ group: "tea", images: 2 });
});
