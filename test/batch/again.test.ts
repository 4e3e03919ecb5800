import {
	mkdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
	createRowsWorld,
	prompts,
	purchases,
	type RowsWorld,
	statuses,
} from "../orders/rows-world.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";

const named = (prompts: readonly string[]) =>
	prompts.map((prompt, at) =>
		JSON.stringify({ prompt, output: `shot-${at + 1}.jpg` }),
	);

/** A batch of named images that is finished. */
async function finished(rows: readonly string[]): Promise<RowsWorld> {
	const world = await createRowsWorld(rows);
	const { code } = await world.batch();
	expect([code, world.totals()]).toEqual([
		0,
		{ bought: rows.length, images: rows.length },
	]);
	return world;
}

it("the same batch again sends no request and skips every row", async () => {
	const world = await finished(prompts(6));
	const again = await world.batch(["--json"]);
	expect([again.code, again.sent, statuses(again)]).toEqual([
		0,
		[],
		{ skipped: 6 },
	]);
	expect(again.records[0]).toEqual({
		version: 1,
		status: "skipped",
		file: expect.stringMatching(/^out\/a-garden-1-\d+\.jpg$/),
		path: join(world.cwd, again.records[0].file),
		bytes: statSync(join(world.cwd, again.records[0].file)).size,
		width: 64,
		height: 48,
		format: "jpeg",
		sha256: expect.stringMatching(/^[\da-f]{64}$/),
		prompt: "a garden 1",
		seed: expect.any(Number),
		model: "black-forest-labs/flux-1-1-pro-ultra",
		client_ref: expect.any(String),
		run_id: expect.any(String),
		index: 1,
		line: 1,
		charged: "no",
		cost_usd: 0,
		paid_usd: 0.06,
		sandbox: true,
	});
	expect(again.stderr).toMatch(
		/^6 images, 6 on disk, 0 to buy for \$0\.00\n6 there already of 6 /,
	);
});

it("a repetition needs no key", async () => {
	const world = await finished(prompts(2));
	const again = await world.batch([], { env: { RUNFLOW_API_KEY: undefined } });
	expect([again.code, again.sent]).toEqual([0, []]);
});

it("only new rows are bought, wherever they stand", async () => {
	const world = await finished(prompts(4));
	world.write("rows", [
		"a bridge",
		"a garden 4",
		"a garden 2",
		"a mill",
		"a garden 1",
	]);
	const again = await world.batch(["--json"]);
	expect([again.code, purchases(again), world.totals()]).toEqual([
		0,
		2,
		{ bought: 6, images: 6 },
	]);
	expect(again.records.map(({ status, prompt }) => [status, prompt])).toEqual([
		["saved", "a bridge"],
		["skipped", "a garden 4"],
		["skipped", "a garden 2"],
		["saved", "a mill"],
		["skipped", "a garden 1"],
	]);
});

it("the same prompt twice is two images, and a third one is bought when there are three", async () => {
	const world = await finished(["a garden", "a garden"]);
	world.write("rows", ["a garden", "a garden", "a garden"]);
	const again = await world.batch(["--json"]);
	expect([statuses(again), world.totals()]).toEqual([
		{ saved: 1, skipped: 2 },
		{ bought: 3, images: 3 },
	]);
	expect(new Set(again.records.map(({ seed }) => seed)).size).toBe(3);
});

it("a file that was only touched is skipped after a look at its bytes", async () => {
	const world = await finished(prompts(2));
	for (const file of world.files())
		utimesSync(join(world.cwd, file), new Date(), new Date(0));
	const again = await world.batch(["--json"]);
	expect([again.code, again.sent, statuses(again)]).toEqual([
		0,
		[],
		{ skipped: 2 },
	]);
});

it.each<[string, (file: string) => void]>([
	["deleted", (file) => rmSync(file)],
	["damaged", (file) => writeFileSync(file, "no picture")],
	[
		"damaged without a change of size",
		(file) => writeFileSync(file, Buffer.alloc(statSync(file).size)),
	],
])("an image that was %s is fetched again, not bought", async (_how, spoil) => {
	const world = await finished(named(prompts(3)));
	const whole = statSync(join(world.cwd, "out/shot-2.jpg")).size;
	spoil(join(world.cwd, "out/shot-2.jpg"));
	const again = await world.batch(["--json"]);
	expect([
		again.code,
		purchases(again),
		again.records.map(({ status }) => status),
		world.totals(),
		statSync(join(world.cwd, "out/shot-2.jpg")).size,
	]).toEqual([
		0,
		0,
		["skipped", "saved", "skipped"],
		{ bought: 3, images: 3 },
		whole,
	]);
	expect(again.stderr).toMatch(
		/^3 images, 2 on disk, 1 bought already, 0 to buy for \$0\.00\n/,
	);
	expect((await world.batch()).sent).toEqual([]);
});

it.each<[string, string | Buffer]>([
	["retouched", tinyJpeg({ shade: 1 })],
	["saved as a PDF", "%PDF-1.7 of a picture"],
	[
		"saved in another format",
		Buffer.concat([Buffer.from("II*\0"), Buffer.alloc(99, 200)]),
	],
])(
	"an image that was %s stays, whatever is fetched beside it, and is fetched once it is moved away",
	async (_how, work) => {
		const world = await finished(named(prompts(3)));
		const file = join(world.cwd, "out/shot-2.jpg");
		writeFileSync(file, work);
		rmSync(join(world.cwd, "out/shot-3.jpg"));
		for (const words of [["--dry-run"], ["--update"], []]) {
			const again = await world.batch(words);
			expect([again.code, readFileSync(file)]).toEqual([0, Buffer.from(work)]);
			expect(again.stderr).toContain(
				"note: changed since it was delivered, and left as it is: out/shot-2.jpg; where it is moved away, the same command fetches what was delivered, free of charge\n",
			);
		}
		renameSync(file, join(world.cwd, "out/mine.jpg"));
		expect((await world.batch()).code).toBe(0);
		expect(world.totals()).toEqual({ bought: 3, images: 4 });
	},
);

it("a folder at the name of an image is no image", async () => {
	const world = await finished(named(prompts(1)));
	rmSync(join(world.cwd, "out/shot-1.jpg"));
	mkdirSync(join(world.cwd, "out/shot-1.jpg"));
	const { code, stderr } = await world.batch();
	expect([code, stderr]).toEqual([9, expect.stringContaining("folder")]);
	expect(world.totals().bought).toBe(1);
});

it("an image that the service no longer has is not bought a second time in silence", async () => {
	const world = await finished(named(prompts(2)));
	rmSync(join(world.cwd, "out/shot-1.jpg"));
	world.faults("poll:404");
	const again = await world.batch(["--json"]);
	expect([again.code, purchases(again), statuses(again)]).toEqual([
		3,
		0,
		{ failed: 1, skipped: 1 },
	]);
	expect(again.records[0]).toMatchObject({
		charged: "no",
		error: { code: "bad_response" },
	});
	world.faults();
	expect(await world.batch()).toMatchObject({ code: 0 });
	expect(world.totals()).toEqual({ bought: 2, images: 2 });
});

it("a prompt changed under the same name is refused with both words on what to do, and --update replaces it", async () => {
	const world = await finished(named(["a garden", "a mill"]));
	world.write("rows", named(["a garden", "a mill at night"]));
	const refused = await world.batch(["--json"]);
	expect([refused.code, refused.sent, world.totals()]).toEqual([
		2,
		[],
		{ bought: 2, images: 2 },
	]);
	expect(refused.stderr).toContain(
		"rows:2: out/shot-2.jpg holds the image of another prompt, or of other inputs; --update buys this one and replaces it\n  nothing was sent; to leave out what is bad: --skip-bad\n",
	);
	const updated = await world.batch(["--update", "--json"]);
	expect([updated.code, purchases(updated), statuses(updated)]).toEqual([
		0,
		1,
		{ skipped: 1, saved: 1 },
	]);
	expect(world.totals()).toEqual({ bought: 3, images: 2 });
	expect((await world.batch()).sent).toEqual([]);
});

it("a prompt changed under the name of an image that somebody changed is not bought over their work", async () => {
	const world = await finished(named(prompts(2)));
	const file = join(world.cwd, "out/shot-2.jpg");
	const work = tinyJpeg({ shade: 1 });
	writeFileSync(file, work);
	world.write("rows", named(["a garden 1", "a bridge"]));
	for (const words of [[], ["--update"]]) {
		const { code, stderr } = await world.batch(words);
		expect([code, readFileSync(file)]).toEqual([2, work]);
		expect(stderr).toContain(
			"rows:2: out/shot-2.jpg was changed since it was delivered; move it away, or --force buys every row anew, and replaces the files\n",
		);
	}
	expect((await world.batch(["--force"])).code).toBe(0);
	expect(readFileSync(file)).not.toEqual(work);
});

it("a prompt that is changed back finds another's image under its name: refused, and --update brings the old one free of charge", async () => {
	const world = await finished(named(["a garden"]));
	world.write("rows", named(["a mill"]));
	await world.batch(["--update"]);
	world.write("rows", named(["a garden"]));
	const refused = await world.batch();
	expect([refused.code, refused.sent]).toEqual([2, []]);
	const back = await world.batch(["--update"]);
	expect([back.code, purchases(back)]).toEqual([0, 0]);
	expect((await world.batch()).sent).toEqual([]);
});

it("a file that no batch made is never replaced without --force", async () => {
	const world = await createRowsWorld(named(["a garden"]));
	world.write("shot-1.jpg", "mine");
	const argv = ["batch", "rows", "--json"];
	for (const more of [[], ["--update"]]) {
		const refused = await world.run([...argv, ...more]);
		expect([refused.code, refused.sent]).toEqual([2, []]);
		expect(refused.stderr).toContain(
			"exists, and no batch put it there; --force buys every row anew, and replaces the files",
		);
	}
	expect(await world.run([...argv, "--force"])).toMatchObject({ code: 0 });
	expect((await world.run(argv)).sent).toEqual([]);
});

it("--force buys everything again", async () => {
	const world = await finished(named(prompts(2)));
	const { code } = await world.batch(["--force"]);
	expect([code, world.totals()]).toEqual([0, { bought: 4, images: 2 }]);
});

it("--no-wait buys all and leaves; the same command brings them without buying", async () => {
	const world = await createRowsWorld(prompts(6));
	const submitted = await world.batch(["--no-wait", "--json"]);
	expect([submitted.code, statuses(submitted), world.totals()]).toEqual([
		0,
		{ submitted: 6 },
		{ bought: 6, images: 0 },
	]);
	const brought = await world.batch(["--json"]);
	expect([brought.code, purchases(brought), statuses(brought)]).toEqual([
		0,
		0,
		{ saved: 6 },
	]);
	expect([world.totals(), world.jobs()]).toEqual([
		{ bought: 6, images: 6 },
		[],
	]);
});

it("--no-wait, then resume brings them", async () => {
	const world = await createRowsWorld(prompts(3));
	await world.batch(["--no-wait"]);
	expect((await world.run(["resume"])).code).toBe(0);
	expect((await world.batch()).sent).toEqual([]);
	expect(world.totals()).toEqual({ bought: 3, images: 3 });
});

it("what failed is tried again, and nothing else", async () => {
	const world = await createRowsWorld(prompts(4), {
		faults: ["run:failed@2"],
	});
	const first = await world.batch(["--json"]);
	expect([first.code, statuses(first)]).toEqual([3, { saved: 3, failed: 1 }]);
	const again = await world.batch(["--json"]);
	expect([again.code, statuses(again), purchases(again)]).toEqual([
		0,
		{ saved: 1, skipped: 3 },
		1,
	]);
});

it("shards share the rows without a word between them, and all of them make the whole", async () => {
	const world = await createRowsWorld(prompts(7));
	const pairs = ["-m", "klein", "--param", "num_images=2"];
	const made: string[][] = [];
	for (const part of ["1/3", "2/3", "3/3"]) {
		const words = [...pairs, "--shard", part, "--json"];
		const { code, records } = await world.batch(words);
		expect(code).toBe(0);
		const first = records.filter(({ output }) => output === 1);
		made.push(first.map(({ prompt }) => prompt));
	}
	expect(made).toEqual([
		["a garden 1", "a garden 4", "a garden 7"],
		["a garden 2", "a garden 5"],
		["a garden 3", "a garden 6"],
	]);
	expect((await world.batch(pairs)).sent).toEqual([]);
});
