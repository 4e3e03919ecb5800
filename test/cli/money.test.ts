import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commandOf, readTable } from "./read-table.ts";
import {
	answer,
	createWorld,
	type RunOptions,
	refused,
	type World,
	walk,
} from "./world.ts";

/** Inputs that a model does not have are not what these tests are about. */
const quick = { latencyMs: 100, faults: ["post:unknown-inputs"] };

async function keep(world: World, name: string, value: string): Promise<void> {
	const { code } = await world.run(["config", "set", name, value]);
	expect(code).toBe(0);
}

/** Eight images at $0.133 cost $1.064. */
const dear = [
	...["a.", "-m", "gpt-image-2", "--quality", "high", "-o", "shots/"],
];
const many = [...dear, "--count", "8"];

it("more than a dollar is refused where nobody is there to ask: exit 5, nothing sent", async () => {
	const world = await createWorld();
	expect(await world.run([...many, "--json"])).toMatchObject({
		code: 5,
		records: [
			{
				version: 1,
				status: "error",
				charged: "no",
				error: {
					code: "over_budget",
					message:
						"8 images for $1.064 is more than $1, and nobody is there to ask",
					hint: "say so: --yes, or --max-cost 1.064",
					retryable: false,
					http_status: null,
					request_id: null,
				},
			},
		],
		sent: [],
	});
	expect([world.files(), world.jobs()]).toEqual([[], []]);
});

it.each([
	["less", [...dear, "--count", "7"], {}],
	["more with --yes", [...many, "--yes"], {}],
	["more within --max-cost", [...many, "--max-cost", "1.064"], {}],
	["more within the environment's ceiling", many, { FLUX_ULTRA_MAX_COST: "2" }],
])("%s is bought without a question", async (_what, words, env) => {
	const world = await createWorld(quick);
	const { code, stderr } = await world.run(words, { env });
	expect(code).toBe(0);
	expect(stderr).not.toContain("?");
	expect(world.bought()).toBe(world.files().length);
});

/** $0.06 */
const one = ["a red bicycle", "-o", "bicycle.jpg"];

it("where it is always to be asked, one image is refused where nobody is there to: exit 5, nothing sent", async () => {
	const world = await createWorld();
	const env = { FLUX_ULTRA_ASK: "always" };
	const outcome = await world.run([...one, "--json"], { env });
	expect(outcome).toMatchObject({
		code: 5,
		records: [
			{
				error: {
					code: "over_budget",
					message:
						"1 image for $0.06 wants a yes (ask is always, by FLUX_ULTRA_ASK), and nobody is there to ask",
					hint: "say so: --yes, or --max-cost 0.06",
				},
			},
		],
		sent: [],
	});
	const row = ["batch", "-", "-o", "out/"];
	const batch = await world.run(row, { env, stdin: "a red bicycle\n" });
	expect([batch.code, batch.sent, world.files()]).toEqual([5, [], []]);
	const unknown = await world.run(one, { env: { FLUX_ULTRA_ASK: "never" } });
	expect([unknown.code, unknown.sent]).toEqual([2, []]);
	expect(unknown.stderr).toContain(
		'FLUX_ULTRA_ASK: "never" is nothing that can be asked',
	);
});

it.each([
	["--yes", ["--yes"], {}],
	["--max-cost", ["--max-cost", "0.06"], {}],
	["the environment's ceiling", [], { FLUX_ULTRA_MAX_COST: "2" }],
	["a limit of the day", [], { FLUX_ULTRA_MAX_COST_PER_DAY: "2" }],
])(
	"where it is always to be asked, %s answers it",
	async (_what, words, limit) => {
		const world = await createWorld(quick);
		const env = { FLUX_ULTRA_ASK: "always", ...limit };
		expect((await world.run([...one, ...words], { env })).code).toBe(0);
		expect(world.files()).toEqual(["bicycle.jpg"]);
	},
);

it.each([
	["y\r", 0],
	["n\r", 5],
])(
	"where it is always to be asked, one image is asked for on a terminal: %j",
	async (typed, code) => {
		const world = await createWorld(quick);
		await keep(world, "ask", "always");
		const outcome = await world.run(one, {
			tty: { stdin: true, stderr: true },
			env: { NO_COLOR: "1", TERM: "dumb" },
			during: answer("[y/N]", typed),
		});
		expect(outcome.stderr).toContain("Buy 1 image for $0.06? [y/N] ");
		expect([outcome.code, world.bought()]).toEqual([code, code === 0 ? 1 : 0]);
	},
);

it("more within a limit of the settings is bought without a question", async () => {
	const world = await createWorld(quick);
	await keep(world, "max-cost-per-day", "5");
	expect((await world.run(many)).code).toBe(0);
});

it.each([
	["y\r", 0, 8],
	["n\r", 5, 0],
	["\r", 5, 0],
	["\u0003", 130, 0],
	["\u0004", 5, 0],
])(
	"on a terminal more than a dollar is asked for: %j",
	async (typed, code, bought) => {
		const world = await createWorld(quick);
		const outcome = await world.run(many, {
			tty: { stdin: true, stderr: true },
			env: { NO_COLOR: "1", TERM: "dumb" },
			during: answer("[y/N]", typed),
		});
		expect(outcome.stderr).toContain("Buy 8 images for $1.064? [y/N] ");
		const ends = outcome.stderr.endsWith("\nNot bought.\n");
		expect([ends, outcome.stderr.includes("error:")]).toEqual(
			code === 5 ? [true, false] : [false, code === 130],
		);
		expect([outcome.code, world.bought()]).toEqual([code, bought]);
		expect([world.files().length, world.jobs()]).toEqual([bought, []]);
	},
);

it.each(
	readTable(`
a flag | --max-cost 0.11 | $0.11 (--max-cost)
--yes does not lift a flag | --max-cost 0 -y | $0.00 (--max-
the environment | FLUX_ULTRA_MAX_COST=0.1 | $0.10 (FLUX_ULTRA_MAX_COST)
a flag cannot raise the environment's ceiling | FLUX_ULTRA_MAX_COST=$0.10 --max-cost 5 | $0.10 (FLUX_ULTRA_MAX_COST)
a flag can lower it | FLUX_ULTRA_MAX_COST=5 --max-cost 0.06 | $0.06 (--max-cost)
--dry-run too | --dry-run --max-cost 0.1 | $0.10 (--max-cost)
`),
)("a limit holds: %s", async (_what, line, limit) => {
	const world = await createWorld();
	const { words: more, env } = commandOf(line);
	const words = ["a.", "--count", "2", "-o", "s/", ...more];
	const { code, stdout, stderr, sent } = await world.run(words, { env });
	expect({ code, sent }).toEqual({ code: 5, sent: [] });
	// A plan is shown, and then what is against it.
	expect(stdout.split("\n").length).toBe(more.includes("--dry-run") ? 3 : 1);
	expect(stderr).toContain(
		`error: this costs $0.12, more than the limit of ${limit}`,
	);
	expect([world.files(), world.jobs()]).toEqual([[], []]);
});

it("a limit of the settings holds, and a flag goes before it", async () => {
	const world = await createWorld(quick);
	await keep(world, "max-cost", "0.05");
	const refused = await world.run(["a."]);
	expect(refused).toMatchObject({ code: 5, sent: [] });
	expect(refused.stderr).toContain(
		`more than the limit of $0.05 (max-cost in ${world.config}/config.json)`,
	);
	expect((await world.run(["a.", "--max-cost", "0.06"])).code).toBe(0);
});

it("max-cost-per-day counts what was spent today and what is under way, and begins anew tomorrow", async () => {
	const world = await createWorld();
	await keep(world, "max-cost-per-day", "0.15");
	expect((await world.run(["a.", "-o", "1.jpg"])).code).toBe(0);
	expect((await world.run(["a.", "-o", "2.jpg", "--no-wait"])).code).toBe(0);
	const third = await world.run(["a.", "-o", "3.jpg"]);
	expect({ code: third.code, sent: third.sent }).toEqual({ code: 5, sent: [] });
	expect(third.stderr).toContain(
		"this costs $0.06 on top of $0.06 spent today and $0.06 reserved for what is under way, more than the limit of $0.15 (max-cost-per-day in ",
	);
	// What was bought already is brought whatever the limit says.
	expect((await world.run(["a.", "-o", "2.jpg"])).code).toBe(0);
	world.clock.advance(24 * 60 * 60 * 1_000);
	expect((await world.run(["a.", "-o", "3.jpg"])).code).toBe(0);
	expect(world.bought()).toBe(3);
});

it("FLUX_ULTRA_MAX_COST_PER_DAY is a ceiling of the day that the setting cannot raise", async () => {
	const world = await createWorld({
		env: { FLUX_ULTRA_MAX_COST_PER_DAY: "0.10" },
	});
	await keep(world, "max-cost-per-day", "5");
	expect((await world.run(["a.", "-o", "1.jpg"])).code).toBe(0);
	const second = await world.run(["a.", "-o", "2.jpg"]);
	expect([second.code, second.sent]).toEqual([5, []]);
	expect(second.stderr).toContain("$0.10 (FLUX_ULTRA_MAX_COST_PER_DAY)");
});

it("a run that is billed without bringing an image is spent money: in the record, the sums and the day", async () => {
	const world = await createWorld({ ...quick, faults: ["run:no-output"] });
	await keep(world, "max-cost-per-day", "0.15");
	const words = ["a.", "-n", "2", "-o", "out/", "--json"];
	const { records, stderr } = await world.run(words);
	const paid = { charged: "yes", cost_usd: 0.06, paid_usd: 0.06 };
	expect(records).toMatchObject(Array(2).fill({ status: "failed", ...paid }));
	expect(stderr).toMatch(/\n2 failed of 2 · \$0\.12 · /);
	const total = async () =>
		(await world.run(["spend", "--json"])).records.at(-1);
	expect(await total()).toMatchObject({ images: 2, cost_usd: 0.12 });
	const runs = records.map(({ run_id }) => run_id);
	await world.run(["resume", "--forget", ...runs]);
	expect(await total()).toMatchObject({ failed: 2, cost_usd: 0.12 });
	expect((await world.run(["b.", "-o", "b.jpg"])).code).toBe(5);
});

it("what failed is not counted against a limit", async () => {
	const world = await createWorld({ faults: ["run:failed@1"] });
	await keep(world, "max-cost-per-day", "0.06");
	expect((await world.run(["a.", "-o", "1.jpg"])).code).toBe(1);
	expect((await world.run(["a.", "-o", "1.jpg"])).code).toBe(0);
});

it("--dry-run says what would be sent and what it would cost, and sends nothing", async () => {
	const world = await createWorld();
	const words = ["a garden", "--seeds", "7-8", "-o", "s/", "--dry-run"];
	const told = await world.run(words);
	expect(told).toMatchObject({
		code: 0,
		stdout: `1	7	0.06	s/a-garden-7.jpg	a garden
2	8	0.06	s/a-garden-8.jpg	a garden
`,
		stderr: "2 planned of 2 · $0.12 · 0 s\n",
		sent: [],
	});
	const { records } = await world.run([...words, "--json"]);
	expect(records).toEqual(
		[7, 8].map((seed, at) => ({
			version: 1,
			status: "planned",
			file: `s/a-garden-${seed}.jpg`,
			path: join(world.cwd, `s/a-garden-${seed}.jpg`),
			charged: "no",
			cost_usd: 0.06,
			prompt: "a garden",
			seed,
			model: "black-forest-labs/flux-1-1-pro-ultra",
			index: at + 1,
			sandbox: expect.any(Boolean),
		})),
	);
	expect([
		world.files(),
		world.jobs(),
		world.sandbox.summary().requests,
	]).toEqual([[], [], 0]);
});

it.each<[string, Pick<RunOptions, "tty">, string]>([
	[
		"fields in a pipe",
		{},
		`1\t7\t0.06\tx.jpg\ta hut\\n\\tat\\x1b[31m ${"night ".repeat(20)}`,
	],
	[
		"as wide as the terminal",
		{ tty: { stdout: true, stderr: true } },
		`1  7  0.06  x.jpg  a hut\\n\\tat\\x1b[31m ${"night ".repeat(6)}nigh…`,
	],
])(
	"--dry-run lists an image in one line, whatever its prompt holds: %s",
	async (_where, options, line) => {
		const world = await createWorld();
		const prompt = `a hut\n\tat\u001b[31m ${"night ".repeat(20)}`;
		const words = [prompt, "-s", "7", "-o", "x.jpg", "--dry-run", "--no-color"];
		const { stdout, stderr } = await world.run(words, options);
		expect(stdout).toBe(`${line}\n`);
		expect(stderr).toBe("1 planned of 1 · $0.06 · 0 s\n");
	},
);

it("--dry-run lists with --quiet too, and where the image would go to stdout", async () => {
	const world = await createWorld();
	const words = ["a.", "-s", "7", "-o", "-", "--dry-run", "--quiet"];
	expect(await world.run(words)).toMatchObject({
		code: 0,
		stdout: "1\t7\t0.06\t-\ta.\n",
		stderr: "",
	});
});

it("--dry-run does not promise a seed that nobody asked for, nor a name with it", async () => {
	const world = await createWorld();
	const plan = ["a garden", "-n", "2", "-o", "s/", "--dry-run"];
	expect((await world.run(plan)).stdout).toBe(
		`1\tfresh\t0.06\ts/a-garden-{seed}.jpg\ta garden
2\tfresh\t0.06\ts/a-garden-{seed}.jpg\ta garden
`,
	);
	const { records } = await world.run([...plan, "--json"]);
	expect(records.map((record) => record.seed_is_fresh)).toEqual([true, true]);
});

it("a price that nobody knows is told as such, and not as $0.00", async () => {
	const world = await createWorld();
	const edit = ["a.", "-i", "https://example.com/photo.jpg", "-o", "s/"];
	const two = [...edit, "--seeds", "1-2"];
	const plan = await world.run([...two, "--dry-run"]);
	expect(plan.stdout).toMatch(/^1\t1\tunknown\t.*\n2\t2\tunknown\t.*\n$/);
	expect(plan.stderr).toBe("2 planned of 2 · cost not known · 0 s\n");
});

describe("--dry-run says what the real command would do", () => {
	/** Two images of named seeds that were brought, and a plan of the same command and more. */
	async function brought() {
		const world = await createWorld();
		const words = ["a hut", "-o", "h/{seed}.jpg"];
		await world.run([...words, "--seeds", "1-2"]);
		const plan = async (...more: readonly string[]) => {
			const before = [world.files(), walk(world.state)];
			const told = await world.run([...words, "--dry-run", ...more]);
			expect([world.files(), walk(world.state)]).toEqual(before);
			expect(told.sent).toEqual([]);
			return told;
		};
		const run = (...more: readonly string[]) => world.run([...words, ...more]);
		return {
			world,
			plan,
			run,
			remove: (name: string) => world.remove(name),
		};
	}

	it("an image whose file is gone is fetched, free of charge", async () => {
		const { plan, run, remove } = await brought();
		remove("h/1.jpg");
		expect(await plan("--seed", "1")).toMatchObject({
			code: 0,
			stdout: "1\t1\t0\th/1.jpg\ta hut\n",
			stderr: "1 planned of 1, 0 to buy · $0.00 · 0 s\n",
		});
		expect((await run("--seed", "1", "--json")).records).toMatchObject([
			{ status: "saved", charged: "no", cost_usd: 0 },
		]);
	});

	it("beside it, one that is there is skipped, and a new one is bought", async () => {
		const { plan, run, remove } = await brought();
		remove("h/2.jpg");
		const all = ["--seeds", "3,1,2", "--json"];
		const { records } = await plan(...all);
		expect(records).toMatchObject([
			{ index: 1, seed: 3, status: "planned", cost_usd: 0.06 },
			{ index: 2, seed: 1, status: "skipped", cost_usd: 0, file: "h/1.jpg" },
			{ index: 3, seed: 2, status: "planned", cost_usd: 0, file: "h/2.jpg" },
		]);
		const done = await run(...all);
		expect(done.records.map((record) => record.cost_usd)).toEqual([0.06, 0, 0]);
	});

	it("with --force all is bought anew", async () => {
		const { plan, remove } = await brought();
		remove("h/1.jpg");
		const { stdout } = await plan("--seeds", "1-2", "--force");
		expect(stdout.split("\n").map((line) => line.split("\t")[2])).toEqual([
			...["0.06", "0.06"],
			undefined,
		]);
	});

	it("what is there is refused, where nothing is to be fetched", async () => {
		const { plan, run } = await brought();
		expect((await plan("--seed", "1")).code).toBe(2);
		expect((await run("--seed", "1")).code).toBe(2);
	});

	it("what is bought already is only brought, with the seed that it has", async () => {
		const { plan, run } = await brought();
		const { stdout } = await run("--no-wait");
		const first = (await plan("--json")).records;
		expect(first).toMatchObject([{ status: "planned", cost_usd: 0 }]);
		const { records } = await run("--json");
		expect(records).toMatchObject([
			{ file: first[0].file, seed: first[0].seed, run_id: stdout.trim() },
		]);
	});

	it("of several images that were cut short, how many are bought already", async () => {
		const { run, plan } = await brought();
		const three = ["-n", "3", "-p", "1"];
		expect((await run(...three, "--no-wait")).code).toBe(0);
		const { stdout, stderr } = await plan("-n", "4");
		expect(stderr).toBe("4 planned of 4, 1 to buy · $0.06 · 0 s\n");
		const prices = stdout.split("\n").map((line) => line.split("\t")[2]);
		expect(prices).toEqual(["0", "0", "0", "0.06", undefined]);
		expect((await run("-n", "4", "--json")).records).toMatchObject([
			...[{ cost_usd: 0 }, { cost_usd: 0 }, { cost_usd: 0 }],
			{ cost_usd: 0.06 },
		]);
	});

	it("a price that nobody knows is refused under a limit of the day", async () => {
		const { world, plan, run } = await brought();
		await keep(world, "max-cost-per-day", "5");
		const edit = ["-i", "https://example.com/photo.jpg", "-s", "9"];
		expect((await run(...edit)).code).toBe(5);
		expect((await plan(...edit)).code).toBe(5);
	});
});

it("--dry-run needs no key, and checks all that is local", async () => {
	const world = await createWorld({ env: { RUNFLOW_API_KEY: undefined } });
	expect(await world.run(["a.", "--dry-run"])).toMatchObject({ code: 0 });
	expect(await world.run(["a.", "--dry-run", "-o", "x.png"])).toMatchObject({
		code: 2,
	});
});

it("the first refusal for want of credit is the last order", async () => {
	const world = await createWorld({ balanceUsd: 0.13 });
	const words = ["a.", "--seeds", "1-8", "-o", "s/", "-p", "1", "--json"];
	const { code, records, sent } = await world.run(words);
	expect(code).toBe(3);
	expect(records.map((record) => record.status)).toEqual([
		...["saved", "saved"],
		...Array(6).fill("failed"),
	]);
	expect(new Set(records.slice(2).map(({ error }) => error.code))).toEqual(
		new Set(["no_credit"]),
	);
	const orders = sent.filter(({ method }) => method === "POST").length;
	expect(orders).toBeLessThanOrEqual(4);
});

it("several images of a price that nobody knows are not bought without a word", async () => {
	const world = await createWorld();
	const edit = ["-i", "https://example.com/photo.jpg"];
	const words = ["a.", ...edit, "--count", "3", "-o", "s/"];
	expect(await world.run(words)).toMatchObject({ code: 5, sent: [] });
	expect(world.sandbox.summary().runs).toBe(0);
	expect(await world.run([...words, "--yes"])).toMatchObject({ code: 0 });
});

it("spend counts what is paid and not on disk yet, and says so", async () => {
	const world = await createWorld();
	await world.run(["a.", "--no-wait", "-o", "x.jpg"]);
	const { records } = await world.run(["spend", "--json"]);
	expect(records.at(-1)).toMatchObject({
		images: 1,
		failed: 0,
		cost_usd: 0.06,
	});
	expect((await world.run(["spend"])).stderr).toContain(
		"note: paid and not on disk yet: 1 image (about $0.06); to bring what there is: flux-ultra resume\n",
	);
	await world.clock.sleep(20_000);
	await world.run(["resume"]);
	expect((await world.run(["spend"])).stderr).not.toContain("not on disk");
});

it.each([
	[["a.", "-n", "8"], "5 of 8 images fit in $0.31: --count 5"],
	[["{a|b|c|d|e|f}.", "--each"], "5 of 6 images fit in $0.31: --sample 5"],
	[["a.", "--seeds", "1-8"], "5 of 8 images fit in $0.31"],
	[
		["a.", "-m", "klein", "-n", "30", "--param", "num_images=2"],
		"24 of 30 runs fit in $0.31: --count 24",
	],
])("%j over its limit is told how many fit", async (words, fits) => {
	const world = await createWorld();
	for (const setting of ["max-cost", "max-cost-per-day"]) {
		await world.run(["config", "set", setting, "0.31"]);
		expect(await world.run([...words, "-o", "new"])).toMatchObject(
			refused(
				`  nothing was bought: ${fits}; to buy more, raise the limit\n`,
				5,
			),
		);
		await world.run(["config", "unset", setting]);
	}
});
