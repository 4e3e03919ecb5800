import { expect, it } from "vitest";
import {
	createRowsWorld,
	prompts,
	requests,
	statuses,
} from "../orders/rows-world.ts";

type Environment = Readonly<Record<string, string>>;

/** 17 images of Ultra cost $1.02. */
const many = prompts(17);

it("more than $1 is refused where nobody is there to ask: exit 5, nothing sent", async () => {
	const world = await createRowsWorld(many);
	const outcome = await world.batch();
	expect([outcome.code, outcome.sent, world.jobs()]).toEqual([5, [], []]);
	expect(outcome.stderr).toContain(
		"17 images for $1.02 is more than $1, and nobody is there to ask\n  say so: --yes, or --max-cost 1.02\n",
	);
});

it("what is on disk counts for nothing in that", async () => {
	const world = await createRowsWorld(many.slice(0, 10));
	await world.batch();
	world.write("rows", many);
	expect(await world.batch()).toMatchObject({ code: 0 });
	expect(world.totals()).toEqual({ bought: 17, images: 17 });
});

it.each<[string, readonly string[], Environment]>([
	["--yes", ["--yes"], {}],
	["--max-cost", ["--max-cost", "1.02"], {}],
	["the environment's ceiling", [], { FLUX_ULTRA_MAX_COST: "2" }],
])("%s stands for the answer", async (_what, words, env) => {
	const world = await createRowsWorld(many);
	expect(await world.batch(words, { env })).toMatchObject({ code: 0 });
	expect(world.totals()).toEqual({ bought: 17, images: 17 });
});

it.each<[string, readonly string[], Environment, string | undefined]>([
	["--max-cost", ["--max-cost", "0.10"], {}, undefined],
	["the environment's ceiling", [], { FLUX_ULTRA_MAX_COST: "0.10" }, undefined],
	[
		"the environment's ceiling, which a flag cannot raise",
		["--max-cost", "5"],
		{ FLUX_ULTRA_MAX_COST: "0.10" },
		undefined,
	],
	["the settings", [], {}, "max-cost"],
	[
		"--max-cost in a dry run",
		["--max-cost", "0.10", "--dry-run"],
		{},
		undefined,
	],
])(
	"a limit below the estimate refuses before anything is sent: %s",
	async (_what, words, env, setting) => {
		const world = await createRowsWorld(prompts(2));
		if (setting) await world.run(["config", "set", setting, "0.10"]);
		const outcome = await world.batch(words, { env });
		expect([outcome.code, outcome.sent, world.jobs()]).toEqual([5, [], []]);
		expect(outcome.stderr).toContain(
			"error: this costs $0.12, more than the limit of $0.10 (",
		);
	},
);

it("a limit of the day lets as many through as it pays for, and the rest are told why", async () => {
	const world = await createRowsWorld(prompts(8));
	await world.run(["config", "set", "max-cost-per-day", "0.30"]);
	const outcome = await world.batch(["--json"]);
	expect([outcome.code, statuses(outcome), world.totals()]).toEqual([
		3,
		{ saved: 5, failed: 3 },
		{ bought: 5, images: 5 },
	]);
	expect(
		outcome.records.flatMap(({ error }) => (error ? [error.code] : [])),
	).toEqual(["over_budget", "over_budget", "over_budget"]);
	expect(await world.batch()).toMatchObject({ code: 3 });
	world.clock.advance(24 * 3_600_000);
	expect(await world.batch()).toMatchObject({ code: 0 });
	expect(world.totals()).toEqual({ bought: 8, images: 8 });
});

it("failed runs give back what the limit of the day had put aside for them", async () => {
	const world = await createRowsWorld(prompts(8), {
		faults: ["run:moderated@1-3"],
	});
	await world.run(["config", "set", "max-cost-per-day", "0.30"]);
	const outcome = await world.batch(["--json", "-p", "1"]);
	expect([statuses(outcome), world.totals()]).toEqual([
		{ saved: 5, failed: 3 },
		{ bought: 5, images: 5 },
	]);
});

it("prices that turn out higher than the catalogue's stop the batch at --max-cost", async () => {
	const world = await createRowsWorld(prompts(10), { priceUsd: 0.12 });
	const outcome = await world.batch([
		"--json",
		"--max-cost",
		"0.60",
		"-p",
		"1",
	]);
	expect(outcome.code).toBe(3);
	expect(world.sandbox.summary().spentUsd).toBeLessThanOrEqual(0.6);
	expect(world.totals()).toEqual({ bought: 5, images: 5 });
});

it("--dry-run says what it would cost, sends nothing and makes no job", async () => {
	const world = await createRowsWorld(prompts(3));
	await world.batch();
	world.write("rows", [...prompts(3), "a mill", "a bridge"]);
	const outcome = await world.batch(["--dry-run"]);
	expect(outcome).toMatchObject({
		code: 0,
		stdout: expect.stringMatching(
			/^(?:[123]\t\d+\t0\tout\/a-garden-[123]-\d+\.jpg\ta garden [123]\n){3}4\t\d+\t0\.06\tout\/a-mill-\d+\.jpg\ta mill\n5\t\d+\t0\.06\tout\/a-bridge-\d+\.jpg\ta bridge\n$/,
		),
		stderr: `5 images, 3 on disk, 2 to buy for $0.12
3 there already, 2 planned of 5 in out/ · $0.12 · 0 s
`,
		sent: [],
	});
	expect([world.jobs(), world.totals()]).toEqual([
		[],
		{ bought: 3, images: 3 },
	]);
});

it("--dry-run --json has a record an image", async () => {
	const world = await createRowsWorld(prompts(1));
	await world.batch();
	world.write("rows", ["a garden 1", "a mill"]);
	const { code, records, sent } = await world.batch(["--dry-run", "--json"]);
	expect([code, sent, records]).toEqual([
		0,
		[],
		[
			expect.objectContaining({ status: "skipped", index: 1, line: 1 }),
			{
				version: 1,
				status: "planned",
				file: expect.stringMatching(/^out\/a-mill-\d+\.jpg$/),
				path: expect.stringMatching(/\/out\/a-mill-\d+\.jpg$/),
				prompt: "a mill",
				seed: expect.any(Number),
				model: "black-forest-labs/flux-1-1-pro-ultra",
				index: 2,
				line: 2,
				charged: "no",
				cost_usd: 0.06,
				sandbox: false,
			},
		],
	]);
});

it.each([
	["a balance that pays for all", 1, [], false],
	["a balance that does not", 0.1, [], true],
	["a balance that the key may not read", 0.1, ["balance:no-balance"], false],
])("%s", async (_what, balanceUsd, faults, isWarned) => {
	const world = await createRowsWorld(prompts(3), { balanceUsd, faults });
	const { stderr } = await world.batch();
	expect(stderr.includes("does not pay for all of it")).toBe(isWarned);
});

it("an image of many is one order and one download", async () => {
	const world = await createRowsWorld(prompts(40), { latencyMs: 1_500 });
	const outcome = await world.batch(["-y", "-p", "10"]);
	expect(outcome.code).toBe(0);
	// How many looks there are the machine's speed decides here; the figure is in the bench.
	expect(requests(outcome)).toMatchObject({
		"POST /v1/models/black-forest-labs/flux-1-1-pro-ultra/runs": 40,
		"GET /outputs/ID/0.jpg": 40,
	});
});

it("--project marks what was spent", async () => {
	const world = await createRowsWorld(prompts(2));
	await world.batch(["--project", "gardens"]);
	expect(world.ledger().map(({ project }) => project)).toEqual([
		"gardens",
		"gardens",
	]);
});

it("balance prints the credit left, and a record with --json", async () => {
	const world = await createRowsWorld(prompts(1), { balanceUsd: 12.5 });
	expect(await world.run(["balance"])).toMatchObject({
		code: 0,
		stdout: "$12.50\n",
		stderr: "",
	});
	expect((await world.run(["balance", "--json"])).records).toEqual([
		{ version: 1, balance_usd: 12.5, sandbox: true },
	]);
	world.faults("balance:no-balance");
	expect(await world.run(["balance"])).toMatchObject({ code: 4, stdout: "" });
});
