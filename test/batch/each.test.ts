import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Outcome } from "../cli/world.ts";
import { createRowsWorld, purchases } from "../orders/rows-world.ts";

/** Line, prompt and file of each record. */
function told({ records }: Outcome) {
	return records.map(({ line, prompt, file }) => [line, prompt, file]);
}

const dryRun = ["--each", "--dry-run", "--json"];

it("--each makes of a row one for each combination, named by the words", async () => {
	const rows = ["a {red|blue} mug", "a plain mug", "a {{x}} mug"];
	const world = await createRowsWorld(rows);
	const plan = await world.batch([...dryRun, "-o", "out/{index}-{slug}.jpg"]);
	expect(told(plan)).toEqual([
		[1, "a red mug", "out/1-a-red-mug.jpg"],
		[1, "a blue mug", "out/2-a-blue-mug.jpg"],
		[2, "a plain mug", "out/3-a-plain-mug.jpg"],
		[3, "a {x} mug", "out/4-a-x-mug.jpg"],
	]);
	const first = await world.batch(["--each"]);
	world.write("rows", ["a {red|green|blue} mug", ...rows.slice(1)]);
	const second = await world.batch(["--each"]);
	expect([first, second].map((one) => [one.code, purchases(one)])).toEqual([
		[0, 4],
		[0, 1],
	]);
});

it("without --each braces are text, and a note says so once", async () => {
	const world = await createRowsWorld([
		"a {red|blue} mug",
		"a { mug",
		"a {file:woods.txt} cup",
	]);
	const { records, stderr } = await world.batch(["--dry-run", "--json"]);
	expect(stderr.match(/note: .*each choice/g)).toEqual([
		'note: line 1: "{red|blue}" is sent as it stands; --each makes an image of each choice',
	]);
	expect(records.map(({ prompt }) => prompt)).toEqual([
		"a {red|blue} mug",
		"a { mug",
		"a {file:woods.txt} cup",
	]);
});

it("--prompt has choices beside columns, and what a cell has in braces is a choice too", async () => {
	const world = await createRowsWorld([
		'{"name": "mug", "wood": "{oak|pine}", "seed": 7}',
		'{"name": "cup", "wood": "elm"}',
	]);
	writeFileSync(join(world.cwd, "../tones.txt"), "red\nblue\n");
	const whole = await world.batch([
		...[...dryRun, "-o", "{name}-{slug}-{seed}.jpg", "--sample", "3"],
		...["--prompt", "{{a}} {file:../tones.txt} {name} of {wood}"],
	]);
	const drawn = whole.records.map(({ prompt }) => prompt);
	expect(drawn.length).toBe(5);
	expect(drawn.slice(0, 3)).toEqual(
		Array(3).fill(
			expect.stringMatching(/^\{a\} (red|blue) mug of (oak|pine)$/),
		),
	);
	expect(drawn.slice(3).sort()).toEqual([
		"{a} blue cup of elm",
		"{a} red cup of elm",
	]);
	expect(whole.records.slice(0, 3).map(({ seed }) => seed)).toEqual([7, 7, 7]);
});

it("names that leave a choice out are refused, with what tells them apart", async () => {
	const world = await createRowsWorld([
		'{"prompt": "a {red|blue} {mug|cup}", "seed": 7}',
	]);
	const { code, stderr, sent } = await world.batch([
		"--each",
		"-o",
		"{1}-{seed}.jpg",
	]);
	expect([code, sent]).toEqual([2, []]);
	expect(stderr).toContain(
		"rows:1: would share the name red-7.jpg with line 1; put {1} and {2}, or {index}, in the template",
	);
});

describe("a row is bad", () => {
	it.each([
		["a brace is never closed in", "a {red mug"],
		['"{red}" is no choice', "a {red} mug"],
		["leaves the prompt empty", "{a|}"],
		["more than a million combinations", Array(20).fill("{a|b}").join("")],
		["cannot read none.txt: there is no such file", "{file:none.txt} mug"],
		["tones.txt is outside of the working folder", "{file:../tones.txt} mug"],
		["/etc/passwd is outside of the working folder", "{file:/etc/passwd} mug"],
	])("%s", async (reason, row) => {
		const world = await createRowsWorld(["a mug", row]);
		writeFileSync(join(world.cwd, "../tones.txt"), "red\nblue\n");
		const { code, stderr, sent } = await world.batch(["--each"]);
		expect([code, sent]).toEqual([2, []]);
		expect(stderr).toContain("1 row of rows cannot be bought: rows:2: ");
		expect(stderr).toContain(reason);
	});
});

it("--allow-absolute trusts rows with lists elsewhere", async () => {
	const world = await createRowsWorld(["{file:../tones.txt} mug"]);
	writeFileSync(join(world.cwd, "../tones.txt"), "red\nblue\n");
	const plan = await world.batch([...dryRun, "--allow-absolute"]);
	expect(plan.records.map(({ prompt }) => prompt)).toEqual([
		"red mug",
		"blue mug",
	]);
});
