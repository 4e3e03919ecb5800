import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRowsWorld } from "../orders/rows-world.ts";
import { noisePng } from "../uploads/noise-png.ts";

const json = (rows: readonly object[]) =>
	rows.map((row) => JSON.stringify(row));

it("rows of several models, each with its own inputs, make their images", async () => {
	const world = await createRowsWorld(
		json([
			{ prompt: "a", output: "a.jpg" },
			{ prompt: "b", model: "pro", width: 512, height: 512, output: "b.jpg" },
			{ prompt: "c", model: "lightning", steps: 8, output: "c.jpg" },
			{ prompt: "d", model: "gpt", quality: "high", output: "d.png" },
			{ prompt: "e", model: "klein", output: "e.webp" },
		]),
	);
	const { code, records } = await world.batch(["--json", "-y"]);
	expect(code).toBe(0);
	expect(world.files().filter((file) => file.startsWith("out/"))).toEqual(
		["a.jpg", "b.jpg", "c.jpg", "d.png", "e.webp"].map((name) => `out/${name}`),
	);
	expect(records.map(({ seed }) => seed === null)).toEqual([
		...[false, false, false, true, false],
	]);
	const again = await world.batch(["--json", "-y"]);
	expect([again.code, again.sent]).toEqual([0, []]);
});

it("wrong inputs are told line by line before anything is sent", async () => {
	const world = await createRowsWorld(
		json([
			{ prompt: "a" },
			{ prompt: "b", model: "lightning", steps: 99 },
			{ prompt: "c", model: "gpt", seed: 7 },
			{ prompt: "d", model: "klien" },
			{ prompt: "e", image: "none.png" },
			{ prompt: "f", model: "pro", image: "https://example.com/x.jpg" },
			{ prompt: "g", image: "-" },
		]),
	);
	const { code, stderr, sent } = await world.batch([]);
	expect([code, sent]).toEqual([2, []]);
	expect(stderr).toContain(
		"\nerror: 6 rows of rows cannot be bought: lines 2-7",
	);
	expect(stderr.split("\n").filter((line) => /^rows:\d/.test(line))).toEqual([
		expect.stringMatching(/^rows:2: SDXL-Lightning: steps is 99, not/),
		expect.stringMatching(/^rows:3: GPT Image 2: unknown input seed/),
		expect.stringMatching(/^rows:4: unknown model "klien"/),
		expect.stringMatching(/^rows:5: there is no file none.png/),
		expect.stringMatching(/^rows:6: FLUX 1.1 \[pro\] starts from no image/),
		"rows:7: a batch takes no image from stdin (give it as a file)",
	]);
});

it("a size in pixels is a row's as well as an option's", async () => {
	const gpt = { model: "gpt", quality: "low" };
	const world = await createRowsWorld(
		json([
			{ ...gpt, prompt: "a", image_size: "1536x1024" },
			{ ...gpt, prompt: "b", image_size: { width: 1024, height: 1536 } },
			{ ...gpt, prompt: "c", image_size: "portrait_4_3" },
		]),
	);
	const { sent } = await world.batch(["-y"]);
	const orders = sent
		.filter(({ method }) => method === "POST")
		.map(({ body }) => JSON.parse(body ?? "").input);
	expect(
		Object.fromEntries(orders.map((one) => [one.prompt, one.image_size])),
	).toEqual({
		a: { width: 1536, height: 1024 },
		b: { width: 1024, height: 1536 },
		c: "portrait_4_3",
	});
	world.write("rows", [
		"prompt,model,sync_mode,image_size",
		"a,gpt,true,",
		"b,gpt,,512x512",
	]);
	const wrong = await world.batch(["-y"]);
	expect([wrong.code, wrong.sent]).toEqual([2, []]);
	expect(wrong.stderr).toMatch(/rows:2: .*sync_mode is true/);
	expect(wrong.stderr).toMatch(/rows:3: .*image_size is .*655,360/);
});

it("a column that another model takes as an input is told to be passed over, unless it names files", async () => {
	const world = await createRowsWorld(
		json([
			{ prompt: "a", steps: 4, mood: "calm", output: "{mood}.jpg" },
			{ prompt: "b", width: "", promt: "c", size: "512x512" },
		]),
	);
	const { code, stderr } = await world.batch(["-y"]);
	expect([code, stderr]).toEqual([
		0,
		expect.stringContaining(
			"note: line 1: steps is passed over, FLUX 1.1 [pro] Ultra has no such input\n",
		),
	]);
	expect(stderr).toContain(
		"line 2: promt is passed over, did you mean prompt?",
	);
	expect(stderr).toContain("line 2: size is passed over, ");
	// What is empty asks for nothing.
	expect(stderr).not.toMatch(/mood is|width is/);
	world.write("rows", json([{ prompt: "a", steps: 4 }]));
	const named = await world.batch(["-y", "-o", "out/{steps}-{seed}.jpg"]);
	expect(named.stderr).not.toContain("passed over");
});

describe("rows that start from an image", () => {
	it("upload it once for ten images, and a repeat sends nothing", async () => {
		const world = await createRowsWorld(
			json(
				Array.from({ length: 10 }, (_, at) => ({
					prompt: `a ${at}`,
					image: "photo.png",
				})),
			),
		);
		writeFileSync(join(world.cwd, "photo.png"), noisePng(300, 300));
		const { code, sent } = await world.batch(["-y", "-p", "5"]);
		expect([code, world.totals()]).toEqual([0, { bought: 10, images: 10 }]);
		expect(sent.filter(({ method }) => method === "PUT")).toHaveLength(1);
		expect((await world.batch(["-y"])).sent).toEqual([]);
	});

	it("another content under the same name is another image", async () => {
		const world = await createRowsWorld(
			json([{ prompt: "a", image: "photo.png" }]),
		);
		const photo = join(world.cwd, "photo.png");
		writeFileSync(photo, noisePng(20, 20));
		await world.batch(["-y"]);
		writeFileSync(photo, noisePng(21, 21));
		expect((await world.batch(["-y"])).code).toBe(0);
		expect(world.totals()).toEqual({ bought: 2, images: 2 });
	});

	it("-i is for all rows that name none, and the estimate says that the price is not known", async () => {
		const world = await createRowsWorld(
			json([
				{ prompt: "a" },
				{ prompt: "b", image_url: "https://example.com/b.jpg" },
			]),
		);
		const common = ["-i", "https://example.com/all.jpg"];
		const { code, stderr } = await world.batch(common);
		expect([code, stderr]).toEqual([
			5,
			expect.stringContaining("2 to buy at a price that is not known"),
		]);
		const { sent } = await world.batch([
			...[...common, "--assume-price", "0.06", "--max-cost", "0.12"],
		]);
		const urls = sent
			.filter(({ method }) => method === "POST")
			.map(({ body = "" }) => JSON.parse(body).input.image_url);
		expect(urls.sort()).toEqual([
			"https://example.com/all.jpg",
			"https://example.com/b.jpg",
		]);
	});
});

describe("rows of several images a run", () => {
	const rows = json([
		{ prompt: "a", model: "klein", num_images: 2, seed: 1 },
		{ prompt: "b", seed: 2 },
		{ prompt: "c", model: "klein", num_images: 3, seed: 3 },
	]);

	it("have a record for each image, with line and index", async () => {
		const world = await createRowsWorld(rows);
		const { code, records } = await world.batch(["--json", "-y"]);
		expect(code).toBe(0);
		expect(
			records.map(({ line, index, output, file }) => [
				...[line, index, output, file],
			]),
		).toEqual([
			[1, 1, 1, "out/a-1-1.jpg"],
			[1, 2, 2, "out/a-1-2.jpg"],
			[2, 3, undefined, "out/b-2.jpg"],
			[3, 4, 1, "out/c-3-1.jpg"],
			[3, 5, 2, "out/c-3-2.jpg"],
			[3, 6, 3, "out/c-3-3.jpg"],
		]);
		expect(world.sandbox.summary().runs).toBe(3);
		const again = await world.batch(["--json", "-y"]);
		expect([again.code, again.sent, again.records.length]).toEqual([0, [], 6]);
		expect(again.records.every(({ status }) => status === "skipped")).toBe(
			true,
		);
	});

	it("one that is gone is fetched, and nothing is bought", async () => {
		const world = await createRowsWorld(rows);
		await world.batch(["-y"]);
		const before = world.sandbox.summary();
		rmSync(join(world.cwd, "out/c-3-2.jpg"));
		const { code, records } = await world.batch(["--json", "-y"]);
		expect([code, world.sandbox.summary().runs]).toEqual([0, before.runs]);
		expect(records.map(({ status }) => status)).toEqual([
			...["skipped", "skipped", "skipped", "skipped", "saved", "skipped"],
		]);
	});

	it("that were cut short go on, with a record for each image, and nothing is bought", async () => {
		const world = await createRowsWorld(
			json([{ prompt: "a", model: "klein", num_images: 3, seed: 1 }]),
			{ faults: ["image:404@2-12"] },
		);
		expect((await world.batch(["-y"])).code).toBe(3);
		world.faults();
		const { code, records } = await world.batch(["--json", "-y"]);
		expect([code, world.sandbox.summary().runs]).toEqual([0, 1]);
		expect(records.map(({ status, index }) => [status, index])).toEqual([
			["skipped", 1],
			["saved", 2],
			["saved", 3],
		]);
	});

	it("that brought fewer are not bought again, and what they never made is no image on disk", async () => {
		const world = await createRowsWorld(
			json([{ prompt: "a", model: "klein", num_images: 4, seed: 1 }]),
			{ faults: ["run:partial"] },
		);
		expect((await world.batch(["-y"])).code).toBe(3);
		const again = await world.batch(["-y", "--json"]);
		expect([again.code, world.sandbox.summary().runs]).toEqual([3, 1]);
		expect(again.stderr).toContain("4 images, 2 on disk, 0 to buy for $0.00");
		expect(again.records.map(({ status }) => status)).toEqual([
			...["skipped", "skipped", "failed", "failed"],
		]);
	});

	it("a plan tells each of them", async () => {
		const world = await createRowsWorld(rows);
		const { records } = await world.batch(["--json", "--dry-run"]);
		expect(records.map(({ file, cost_usd }) => [file, cost_usd])).toEqual([
			["out/a-1-1.jpg", 0.006292],
			["out/a-1-2.jpg", 0.006292],
			["out/b-2.jpg", 0.06],
			["out/c-3-1.jpg", 0.006292],
			["out/c-3-2.jpg", 0.006292],
			["out/c-3-3.jpg", 0.006292],
		]);
	});
});
