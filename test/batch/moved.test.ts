import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
	createRowsWorld,
	prompts,
	purchases,
	type RowsWorld,
	statuses,
} from "../orders/rows-world.ts";

const named = (
	...names: readonly (readonly [prompt: string, name: string])[]
) => names.map(([prompt, name]) => JSON.stringify({ prompt, output: name }));

/** A batch whose folder is called `moved` since it was finished. */
async function movedBatch(rows: readonly string[]): Promise<RowsWorld> {
	const world = await createRowsWorld(rows);
	await world.batch();
	renameSync(join(world.cwd, "out"), join(world.cwd, "moved"));
	return world;
}

const free = JSON.stringify({ prompt: "a cup" });

const klein = { prompt: "a mug", model: "klein" };

const again = (world: RowsWorld, ...more: readonly string[]) =>
	world.run(["batch", "rows", "-o", "moved/", "--json", ...more]);

it("nothing is bought of a batch whose folder was renamed, which is told once", async () => {
	const world = await movedBatch(prompts(2));
	const files = world.files();
	const first = await again(world);
	expect([first.code, first.sent, statuses(first), world.files()]).toEqual([
		0,
		[],
		{ skipped: 2 },
		files,
	]);
	expect(first.stderr).toContain(
		"2 images, 2 on disk, 0 to buy for $0.00\nnote: 2 images of an earlier batch were moved here, and are not bought again; to buy everything anew: --force\n",
	);
	for (const { file, seed, paid_usd, cost_usd } of first.records)
		expect([file, paid_usd, cost_usd]).toEqual([
			expect.stringContaining(`-${seed}.jpg`),
			0.06,
			0,
		]);
	const second = await again(world);
	expect([second.records, second.stderr]).toEqual([
		first.records,
		expect.not.stringContaining("note"),
	]);
	const spent = await world.run(["spend", "--json"]);
	expect(spent.stdout).toContain("0.12");
});

it("a dry run tells it as often as it is asked, and books nothing", async () => {
	const world = await movedBatch(prompts(2));
	for (let time = 1; time <= 2; time += 1) {
		const plan = await again(world, "--dry-run");
		expect([statuses(plan), plan.stderr]).toEqual([
			{ skipped: 2 },
			expect.stringContaining("moved here"),
		]);
	}
});

it("an image that was moved here and deleted since is fetched under its own name, with its own seed", async () => {
	const world = await movedBatch(prompts(1));
	const [{ file, seed }] = (await again(world)).records;
	rmSync(join(world.cwd, file));
	const plan = await again(world, "--dry-run");
	expect(plan.records).toMatchObject([{ file, seed, cost_usd: 0 }]);
	const fetched = await again(world);
	expect([purchases(fetched), fetched.records]).toMatchObject([
		0,
		[{ status: "saved", file, seed, cost_usd: 0 }],
	]);
	expect((await again(world)).sent).toEqual([]);
});

it("an image that was renamed beside is fetched under the name that its row asks for", async () => {
	const world = await movedBatch(named(["a mug", "1.jpg"]));
	renameSync(join(world.cwd, "moved/1.jpg"), join(world.cwd, "moved/hero.jpg"));
	const fetched = await again(world);
	expect([purchases(fetched), fetched.records]).toMatchObject([
		0,
		[{ status: "saved", file: "moved/1.jpg", cost_usd: 0 }],
	]);
});

it("a file is one row's: the one's that asks for its name, else the first one's", async () => {
	const world = await movedBatch(named(["a mug", "1.jpg"]));
	world.write("rows", named(["a mug", "new.jpg"], ["a mug", "1.jpg"]));
	const added = await again(world);
	expect([purchases(added), added.records]).toMatchObject([
		1,
		[
			{ status: "saved", file: "moved/new.jpg" },
			{ status: "skipped", file: "moved/1.jpg" },
		],
	]);
	const twice = await movedBatch(["a mug", "a mug"]);
	twice.write("rows", ["a mug", "a mug", "a mug"]);
	const third = await again(twice);
	expect(statuses(third)).toEqual({ skipped: 2, saved: 1 });
	expect(new Set(third.records.map(({ file }) => file)).size).toBe(3);
});

it("of a run of several images all are there, or it is bought", async () => {
	const world = await movedBatch([JSON.stringify({ ...klein, num_images: 2 })]);
	expect(statuses(await again(world, "--dry-run"))).toEqual({ skipped: 2 });
	const [, second = ""] = world
		.files()
		.filter((file) => file.startsWith("moved"));
	world.remove(second);
	expect(statuses(await again(world, "--dry-run"))).toEqual({ planned: 2 });
});

it("shards give the same files to the same rows", async () => {
	const world = await movedBatch(["a mug", "a mug"]);
	const first = await again(world, "--shard", "1/2", "--dry-run");
	const second = await again(world, "--shard", "2/2", "--dry-run");
	const records = [...first.records, ...second.records];
	expect(records.map(({ status }) => status)).toEqual(["skipped", "skipped"]);
	expect(new Set(records.map(({ file }) => file)).size).toBe(2);
});

it.each([
	["prompt", { prompt: "a mug" }, { prompt: "a pot" }],
	["seed", { prompt: "a mug" }, { prompt: "a mug", seed: 8 }],
	["model", { prompt: "a mug" }, klein],
	["shape", klein, { ...klein, image_size: "square" }],
])("an image of another %s is not the row's", async (_what, made, asked) => {
	const world = await movedBatch([JSON.stringify(made)]);
	world.write("rows", JSON.stringify(asked));
	const { records } = await again(world, "--dry-run");
	expect(records).toMatchObject([{ status: "planned" }]);
	expect(records[0].cost_usd).toBeGreaterThan(0);
});

it("what lies where another request brought it is that one's, and has not moved", async () => {
	const world = await createRowsWorld(named(["a mug", "1.jpg"]));
	await world.batch();
	world.write("rows", named(["a mug", "2.jpg"]));
	expect(purchases(await world.batch())).toBe(1);
});

it("a changed file is nobody's", async () => {
	const world = await movedBatch(prompts(1));
	const [file = ""] = world.files().filter((name) => name.startsWith("moved"));
	const bytes = world.bytes(file);
	world.write(file, bytes.fill(0x20, bytes.length - 8, bytes.length - 2));
	const { records } = await again(world, "--dry-run");
	expect(records).toMatchObject([{ status: "planned", cost_usd: 0.06 }]);
});

it("several images of known seeds are found in a folder that was moved, and one asked for again is in the way", async () => {
	const world = await createRowsWorld([]);
	await world.run(["a mug", "--seeds", "1-2", "-o", "out/"]);
	renameSync(join(world.cwd, "out"), join(world.cwd, "moved"));
	const more = await world.run([
		"a mug",
		"--seeds",
		"1-3",
		"-o",
		"moved/",
		"--json",
	]);
	expect([purchases(more), more.records.map(({ status }) => status)]).toEqual([
		1,
		["skipped", "skipped", "saved"],
	]);
	const alone = await world.run(["a mug", "--seed", "1", "-o", "moved/"]);
	expect([alone.code, alone.sent]).toEqual([2, []]);
});

it.each<[string, (file: string) => void]>([
	["missing", (file) => rmSync(file)],
	["damaged", (file) => writeFileSync(file, "")],
])(
	"an image that is %s in a renamed folder is fetched, not bought",
	async (_how, spoil) => {
		const rows = [...named(["a mug", "1.jpg"], ["a pot", "2.jpg"]), free];
		const world = await movedBatch(rows);
		const files = world.files();
		const [, ...others] = files.filter((file) => file.startsWith("moved/"));
		for (const file of others) spoil(join(world.cwd, file));
		const fetched = await again(world);
		expect([fetched.code, purchases(fetched), statuses(fetched)]).toEqual([
			0,
			0,
			{ skipped: 1, saved: 2 },
		]);
		expect([world.files(), (await again(world)).sent]).toEqual([files, []]);
	},
);

it("an image that was fetched to the name of its row is the row's", async () => {
	const rows = named(["a mug", "1.jpg"], ["a pot", "2.jpg"]);
	const world = await createRowsWorld(rows);
	const [{ run_id: id }] = (await world.batch(["--json"])).records.filter(
		({ prompt }) => prompt === "a mug",
	);
	renameSync(join(world.cwd, "out"), join(world.cwd, "moved"));
	rmSync(join(world.cwd, "moved/1.jpg"));
	await world.run(["runs", "fetch", id, "-o", "moved/1.jpg"]);
	const { code, sent, records } = await again(world);
	expect([code, sent, records.length]).toEqual([0, [], 2]);
});

it("two images that changed their names with their rows are theirs", async () => {
	const rows = named(["a mug", "1.jpg"], ["a pot", "2.jpg"]);
	const world = await createRowsWorld(rows);
	await world.batch();
	const at = (name: string) => join(world.cwd, "out", name);
	renameSync(at("1.jpg"), at("x"));
	renameSync(at("2.jpg"), at("1.jpg"));
	renameSync(at("x"), at("2.jpg"));
	world.write("rows", named(["a pot", "1.jpg"], ["a mug", "2.jpg"]));
	const { code, sent, stderr } = await world.batch();
	expect([code, sent]).toEqual([0, []]);
	expect(stderr).toContain("2 images, 2 on disk, 0 to buy");
});
