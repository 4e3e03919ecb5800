import files from "node:fs";
import fs from "node:fs/promises";
import { expect, it, onTestFinished, vi } from "vitest";
import type { WorldOptions } from "../cli/world.ts";
import {
	createRowsWorld,
	prompts,
	purchases,
	statuses,
} from "../orders/rows-world.ts";
import { systemError } from "../record-files.ts";

it.each<[string, WorldOptions, number, string]>([
	["a refused key", { faults: ["post:no-key"] }, 4, "auth"],
	["no credit", { faults: ["post:no-credit"] }, 5, "no_credit"],
	["a model that is gone", { faults: ["post:404"] }, 1, "bad_response"],
	[
		"a model that stays down",
		{ faults: ["post:model-unavailable"] },
		7,
		"unavailable",
	],
	[
		"a rate limit that outlasts the time to wait",
		{ faults: ["post:429-retry-after=600s"] },
		7,
		"rate_limited",
	],
])("%s stops the batch at once", async (_what, options, code, reason) => {
	const world = await createRowsWorld(prompts(12), options);
	const outcome = await world.batch(["-y", "--json", "-p", "4"]);
	expect(outcome.code).toBe(code);
	expect(new Set(outcome.records.map(({ error }) => error.code))).toEqual(
		new Set([reason]),
	);
	expect(statuses(outcome)).toEqual({ failed: 12 });
	// The four that were let in first, each with its tries.
	expect(purchases(outcome)).toBeLessThanOrEqual(
		reason === "unavailable" ? 24 : reason === "bad_response" ? 8 : 4,
	);
	expect([world.totals(), world.jobs()]).toEqual([
		{ bought: 0, images: 0 },
		[],
	]);
	// One reason is told once, not twelve times.
	expect(outcome.stderr.split("\n").length).toBeLessThan(10);
	world.faults();
	expect(await world.batch(["-y"])).toMatchObject({ code: 0 });
	expect(world.totals()).toEqual({ bought: 12, images: 12 });
});

it("a service that stays out of reach for as long as a run is waited for ends the batch", async () => {
	const world = await createRowsWorld(prompts(12));
	const startMs = world.clock.elapsed();
	const outcome = await world.batch(["-y", "--json", "-p", "1"], {
		env: { FLUX_ULTRA_API_URL: "http://127.0.0.1:1" },
	});
	expect([outcome.code, statuses(outcome), world.jobs()]).toEqual([
		7,
		{ failed: 12 },
		[],
	]);
	expect(new Set(outcome.records.map(({ error }) => error.code))).toEqual(
		new Set(["network"]),
	);
	expect(outcome.stderr).toContain("12 not bought of 12");
	const waitedMs = world.clock.elapsed() - startMs;
	expect(waitedMs).toBeGreaterThan(250_000);
	expect(waitedMs).toBeLessThan(310_000);
});

it("credit that runs out half-way keeps what was bought", async () => {
	const world = await createRowsWorld(prompts(8), { balanceUsd: 0.3 });
	const outcome = await world.batch(["--json"]);
	expect([outcome.code, statuses(outcome), world.totals()]).toEqual([
		3,
		{ saved: 5, failed: 3 },
		{ bought: 5, images: 5 },
	]);
	expect(outcome.stderr).toContain(
		"note: the balance does not pay for all of it, and the batch stops when it is used up: 5 of 8 rows fit in $0.30: --limit 5\n",
	);
});

it("a missing key is told before anything else is done: exit 4, one record", async () => {
	const world = await createRowsWorld(prompts(3));
	const outcome = await world.batch(["--json"], {
		env: { RUNFLOW_API_KEY: undefined },
	});
	expect([outcome.code, outcome.records, outcome.sent]).toEqual([
		4,
		[expect.objectContaining({ status: "error" })],
		[],
	]);
	expect(world.jobs()).toEqual([]);
});

it("a moderated row is an outcome beside the others: exit 3, and nothing is charged for it", async () => {
	const world = await createRowsWorld(prompts(6), {
		faults: ["run:moderated@3"],
	});
	const outcome = await world.batch(["--json"]);
	expect([outcome.code, statuses(outcome), world.jobs()]).toEqual([
		3,
		{ saved: 5, failed: 1 },
		[],
	]);
	const failed = outcome.records.find(({ status }) => status === "failed");
	expect(failed).toMatchObject({
		charged: "no",
		error: { code: "moderated" },
		line: expect.any(Number),
	});
	expect(outcome.stderr).toMatch(
		new RegExp(
			`^line ${failed.line}: error: run \\S+ was refused by moder`,
			"m",
		),
	);
});

it("all rows moderated: exit 6", async () => {
	const world = await createRowsWorld(prompts(3), {
		faults: ["run:moderated"],
	});
	expect(await world.batch()).toMatchObject({ code: 6 });
});

it.each([
	["0", 1],
	["2", 3],
	["5%", 2],
])("--max-failures %s stops after failure %i", async (most, failures) => {
	const world = await createRowsWorld(prompts(24), { faults: ["run:failed"] });
	const outcome = await world.batch([
		...["-y", "--json", "-p", "1"],
		...["--max-failures", most],
	]);
	expect([outcome.code, statuses(outcome)]).toEqual([1, { failed: 24 }]);
	const stopped = outcome.records.filter(({ error }) =>
		error.message.startsWith(`stopped after ${failures} failed image`),
	);
	expect(stopped).toHaveLength(24 - purchases(outcome));
	// The next one may be on its way when the last straw falls.
	expect(purchases(outcome) - failures).toBeOneOf([0, 1]);
});

it.each([
	[["--max-failures", "many"], "--max-failures many is not a number"],
	[["--shard", "6/5"], "--shard 6/5 is not a part"],
	[["--shard", "auto"], "--shard auto: nothing numbers this task"],
	[["--format", "xml"], "--format xml is not known"],
	[["--report", "x.txt"], "--report x.txt is neither .csv nor .jsonl"],
	[["-p", "0"], "0"],
	[["--callback-url", "nowhere"], "nowhere"],
])("%j: exit 2 before anything is sent", async (words, said) => {
	const world = await createRowsWorld(prompts(2));
	const outcome = await world.batch(words);
	expect([outcome.code, outcome.sent, world.jobs()]).toEqual([2, [], []]);
	expect(outcome.stderr).toContain(said);
});

it("a copy of the rows that cannot be taken away changes nothing of how the batch ends", async () => {
	const world = await createRowsWorld(prompts(2));
	const { rm } = fs;
	const spy = vi.spyOn(fs, "rm").mockImplementation(async (file, options) => {
		if (String(file).endsWith(".rows")) throw new Error("EIO");
		return rm(file, options);
	});
	onTestFinished(() => spy.mockRestore());
	const outcome = await world.batch(["--json"]);
	expect([outcome.code, statuses(outcome)]).toEqual([0, { saved: 2 }]);
});

it.each(["writeFileSync", "fsyncSync"] as const)(
	"a report that the disk refuses (%s) is told, ends the batch with 9, and adds no record to those of the images",
	async (call) => {
		const world = await createRowsWorld(prompts(2));
		const real = files[call] as (...all: unknown[]) => unknown;
		let isRefusing = call === "fsyncSync";
		const spy = vi
			.spyOn(files, call)
			.mockImplementation((...all: unknown[]) => {
				// The first line of the report, its columns, still finds its place.
				if (typeof all[0] === "number" && isRefusing)
					throw systemError("ENOSPC");
				isRefusing ||= String(all[1]).startsWith("line,");
				return real(...all) as undefined;
			});
		onTestFinished(() => spy.mockRestore());
		const outcome = await world.batch(["--json", "--report", "r.csv"]);
		expect([outcome.code, statuses(outcome)]).toEqual([9, { saved: 2 }]);
		expect(outcome.stderr).toMatch(/r\.csv.*the disk is full/);
	},
);
