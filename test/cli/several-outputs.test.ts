import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createWorld, type Json, refused, type World } from "./world.ts";

const three = ["a fox", "-m", "klein", "-s", "7", "--param", "num_images=3"];

function bytesOf(world: World): readonly string[] {
	return world.files().map((file) => world.bytes(file).toString("base64"));
}

function told(records: readonly Json[]): readonly unknown[] {
	return records.map(({ status, index, output, file, error }) => [
		...[status, index, output, error?.code ?? file],
	]);
}

describe("several images of one run", () => {
	it("are all made again by --from and show, which say so", async () => {
		const world = await createWorld();
		await world.run(three);
		const { stdout } = await world.run(["show", "a-fox-7-2.jpg"]);
		expect(stdout).toContain(
			"\nmake all 3 images of its run again, which buys them anew:\n",
		);
		const from = ["--from", "a-fox-7-2.jpg", "-o", "b/", "--dry-run"];
		const { stderr } = await world.run(from);
		expect(stderr).toContain("note: all 3 images of its run are made again;");
		const one = await world.run([...from, "--param", "num_images=1"]);
		expect(one.stderr).not.toContain("made again");
	});

	it("are a file and a record each, bought once, and share the cost", async () => {
		const world = await createWorld();
		const { code, records, sent } = await world.run([...three, "--json"]);
		expect([code, told(records)]).toEqual([
			0,
			[
				["saved", 1, 1, "a-fox-7-1.jpg"],
				["saved", 2, 2, "a-fox-7-2.jpg"],
				["saved", 3, 3, "a-fox-7-3.jpg"],
			],
		]);
		expect(new Set(bytesOf(world)).size).toBe(3);
		expect(new Set(records.map(({ run_id }) => run_id)).size).toBe(1);
		expect(sent.filter(({ method }) => method === "POST")).toHaveLength(1);
		const cost = records.reduce((sum, { cost_usd }) => sum + cost_usd, 0);
		expect(cost).toBeCloseTo(world.sandbox.summary().spentUsd, 9);
		expect(world.ledger()).toHaveLength(3);
		expect(world.jobs()).toEqual([]);
		const spend = await world.run(["spend", "--json"]);
		const [today] = spend.records;
		expect(today).toMatchObject({ images: 3 });
		expect(today.cost_usd).toBeCloseTo(cost, 9);
	});

	it("of several runs are told apart by {index}, and --max-cost counts all of them", async () => {
		const world = await createWorld();
		const words = [
			...["a.", "-m", "klein", "--seeds", "5,6", "--param", "num_images=2"],
		];
		const { code } = await world.run([...words, "-o", "{seed}/{index}.jpg"]);
		expect([code, world.files()]).toEqual([
			0,
			["5/1-1.jpg", "5/1-2.jpg", "6/2-1.jpg", "6/2-2.jpg"],
		]);
		const dear = await world.run([
			...[...words, "-o", "b/", "--max-cost", "0.02"],
		]);
		expect(dear.code).toBe(5);
	});

	it.each([
		[["-o", "x.jpg"], "3 images would share the name x.jpg"],
		[["-o", "{seed}.jpg"], "put {index} in the template"],
		[["-o", "{run}.jpg"], "images 1 and 2 would share the name "],
		[["-o", "-"], "-o - takes one image, not several"],
	])("%j cannot hold them: exit 2, nothing sent", async (words, message) => {
		const world = await createWorld();
		expect(await world.run([...three, ...words])).toMatchObject(
			refused(message),
		);
	});

	it("a name that is taken refuses all of them", async () => {
		const world = await createWorld();
		world.write("a-fox-7-2.jpg", "mine");
		const { code, sent } = await world.run(three);
		expect([code, sent]).toEqual([2, []]);
	});

	it("--no-wait prints the run once, and runs fetch brings all of its images", async () => {
		const world = await createWorld();
		const left = await world.run([...three, "--no-wait"]);
		expect(left.stdout.trim().split("\n")).toHaveLength(1);
		await world.clock.sleep(20_000);
		const id = left.stdout.trim();
		const { code, stdout } = await world.run(["runs", "fetch", id]);
		expect([code, stdout.trim().split("\n")]).toEqual([
			0,
			["a-fox-7-1.jpg", "a-fox-7-2.jpg", "a-fox-7-3.jpg"],
		]);
		world.remove("a-fox-7-2.jpg");
		world.remove("a-fox-7-1.jpg");
		// From another machine, where nothing is known of the run.
		rmSync(world.state, { recursive: true });
		const again = await world.run(["runs", "fetch", id, "-o", "again/"]);
		expect([again.code, world.files()]).toEqual([
			0,
			["a-fox-7-3.jpg", ...[1, 2, 3].map((at) => `again/a-fox-7-${at}.jpg`)],
		]);
		expect(world.bought()).toBe(1);
	});
});

describe("a run that brings fewer than it was asked for", () => {
	it("delivers what came, says what did not, exits 3, and costs what came", async () => {
		const world = await createWorld({ faults: ["run:partial"] });
		const { code, records } = await world.run([...three, "--json"]);
		expect([code, told(records)]).toEqual([
			3,
			[
				["saved", 1, 1, "a-fox-7-1.jpg"],
				["saved", 2, 2, "a-fox-7-2.jpg"],
				["failed", 3, 3, "no_output"],
			],
		]);
		expect(records[2]).toMatchObject({
			charged: "no",
			error: {
				message: expect.stringMatching(
					/^run .* ended as partial_succeeded with 2 of 3 images$/,
				),
			},
		});
		const cost = records[0].cost_usd + records[1].cost_usd;
		expect(cost).toBeCloseTo(world.sandbox.summary().spentUsd, 9);
		expect(world.jobs()).toEqual([]);
	});

	it("of one image is that image", async () => {
		const world = await createWorld({ faults: ["run:partial"] });
		const { code } = await world.run(["a.", "-o", "x.jpg"]);
		expect([code, world.files()]).toEqual([0, ["x.jpg"]]);
	});
});

describe("several images of one run that were cut short", () => {
	it("those that are saved are skipped by the same command, the others brought, nothing bought", async () => {
		const world = await createWorld({ faults: ["image:404@2-12"] });
		const first = await world.run([...three, "--json"]);
		expect(first.code).toBe(3);
		expect(told(first.records)).toEqual([
			["saved", 1, 1, "a-fox-7-1.jpg"],
			["pending", 2, 2, "unavailable"],
			["pending", 3, 3, "unavailable"],
		]);
		expect(world.jobs()).toMatchObject([{ images: 3, wanted: [2, 3] }]);
		world.faults();
		const again = await world.run([...three, "--json"]);
		expect([again.code, told(again.records)]).toEqual([
			0,
			[
				["skipped", 1, 1, "a-fox-7-1.jpg"],
				["saved", 2, 2, "a-fox-7-2.jpg"],
				["saved", 3, 3, "a-fox-7-3.jpg"],
			],
		]);
		expect([world.bought(), world.jobs()]).toEqual([1, []]);
	});

	it("resume brings those that are missing", async () => {
		const world = await createWorld({ faults: ["image:404@1-5"] });
		const first = await world.run([...three, "--json"]);
		expect(first.records.map(({ status }) => status)).toEqual([
			...["pending", "saved", "saved"],
		]);
		world.faults();
		const { code, stdout } = await world.run(["resume"]);
		expect([code, stdout, world.jobs()]).toEqual([0, "a-fox-7-1.jpg\n", []]);
		expect(world.bought()).toBe(1);
	});
});
