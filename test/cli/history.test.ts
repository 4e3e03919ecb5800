import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createWorld, type World } from "./world.ts";

it("runs list shows as much of the prompts as a terminal is wide, and leaves out other columns for them", async () => {
	const world = await createWorld();
	const prompt = "a garden at dawn, ".repeat(20).trim();
	await world.run([
		...[prompt, "-o", `${"long/".repeat(20)}x.jpg`],
		...["-s", "7", "--no-wait"],
	]);
	const tty = { stdout: true };
	const narrow = await world.run(["runs", "list"], { tty });
	const [head = "", line = ""] = narrow.stdout.split("\n");
	expect(head.split(/ {2,}/)).toEqual([
		"time",
		"status",
		"seed",
		"cost",
		"prompt",
	]);
	expect(line).toHaveLength(80);
	expect(line).toMatch(/ {2}7 +about \$0\.06 {2}a garden at dawn, a gar.*…$/);
	expect(narrow.stderr).toBe(
		"note: left out for want of width: run, file; --json has all\n",
	);
	const piped = await world.run(["runs", "list"]);
	expect(piped.stdout).toContain(`x.jpg  ${prompt}\n`);
});

describe("runs list finds", () => {
	const found = async (world: World, ...argv: readonly string[]) => {
		const list = ["runs", "list", "--json", ...argv];
		const { records, stderr } = await world.run(list);
		return [records.map(({ prompt }) => prompt).join(" "), stderr];
	};

	it("by prompt, file, day, model, project and status", async () => {
		const world = await createWorld({ faults: ["run:failed@3"] });
		await world.run(["One.", "-o", "garden.jpg"]);
		world.clock.advance(3 * 86_400_000);
		await world.run(["Two.", "-o", "2.jpg", "--project", "tea"]);
		await world.run(["Three.", "-o", "3.jpg", "-m", "pro"]);
		const lines: [string, string][] = [
			["--grep tWo", "Two."],
			["--grep GARDEN", "One."],
			["--since 2d", "Three. Two."],
			["-m pro", "Three."],
			["--model flux-1-1-pro-ultra --limit 1", "Two."],
			["--project tea", "Two."],
			["--status failed", "Three."],
		];
		for (const [words, prompts] of lines)
			expect([words, await found(world, ...words.split(" "))]).toEqual([
				words,
				[prompts, ""],
			]);
		expect(await found(world, "--grep", "four")).toEqual([
			"",
			"note: no such runs\n",
		]);
		const { stdout } = await world.run([
			"runs",
			"list",
			"--csv",
			"--limit",
			"1",
		]);
		expect(stdout).toMatch(
			/^created_at,status,run_id,seed,model,.*\n2026-11-06T12.*,failed,.*flux-1-1-pro,.*,Three\.,false\n$/,
		);
	});

	it("the sandbox's where there are only these, and marks them", async () => {
		const world = await createWorld();
		await world.run(["a.", "-o", "1.jpg"]);
		const env = { FLUX_ULTRA_API_URL: "http://127.0.0.1:9" };
		const line = world.ledger()[0];
		writeFileSync(
			join(world.state, "ledger", "2026-11.jsonl"),
			`${JSON.stringify({ ...line, service: "sandbox" })}\n`,
		);
		const { stdout, stderr } = await world.run(["runs", "list"], { env });
		expect(stdout).toMatch(/ {2}saved, sandbox {2}/);
		expect(stderr).toContain("these are of the sandbox, for play money");
	});
});

it("runs list shows twenty, says how to see more, and gives programs all", async () => {
	const world = await createWorld();
	await world.run(["a.", "--seeds", "1-22", "-y", "-o", "{seed}.jpg"]);
	world.remove("1.jpg");
	world.clock.advance(86_400_000);
	await world.run(["b.", "-s", "23", "-o", "{seed}.jpg"]);
	await world.run(["verify", ".", "--repair"]);
	const list = async (...words: readonly string[]) => {
		const { stdout, stderr } = await world.run(["runs", "list", ...words]);
		return [stdout.split("\n").length - 1, stderr];
	};
	const more = "note: there are more: --limit 40; --csv has all\n";
	expect(await list()).toEqual([20, more]);
	expect(await list("--limit", "501")).toEqual([23, ""]);
	expect(await list("--csv")).toEqual([24, ""]);
	const newest = ["runs", "list", "--json", "-n", "1"];
	expect((await world.run(newest)).records).toMatchObject([{ seed: 23 }]);
	const { records } = await world.run(["runs", "list", "--json"]);
	const sum = records.reduce((total, { cost_usd }) => total + cost_usd, 0);
	const spent = await world.run(["spend", "--json"]);
	expect(spent.records.at(-1)?.cost_usd).toBeCloseTo(sum);
	expect(records).toHaveLength(23);
});

it.each([
	[
		["--status", "savd"],
		'--status: "savd" is no status of a run\n  did you mean saved?',
	],
	[["--status", "nope"], "saved, failed, planned, sending, bought"],
	[["--json", "--csv"], "--json and --csv both want stdout"],
	[["--account", "--project", "x"], "--account and --project exclude"],
	[["--model", "nobody"], "nobody"],
	[["--since", "soon"], '"soon" is no date'],
])("runs list %j is refused", async (words, message) => {
	const world = await createWorld();
	const { code, stderr } = await world.run(["runs", "list", ...words]);
	expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
});
