import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type SpendOptions, spend } from "../../src/commands/spend/run.ts";
import { type LedgerLine, openLedger } from "../../src/ledger/ledger.ts";
import { type FakeRuntime, fakeRuntime } from "../fake-runtime.ts";
import { ledgerLine } from "../purchase/sample-line.ts";
import { failedRecord } from "../records.ts";

// The fake clock stands at noon of 3 November 2026, UTC.
const real = "https://api.runflow.io";
const local = "http://127.0.0.1:4010";

beforeEach(() => vi.stubEnv("TZ", "UTC"));
afterEach(() => vi.unstubAllEnvs());

interface Bought {
	readonly ref?: string;
	/** When it was bought; the image came a minute later. */
	readonly at?: string;
	readonly cost?: number | null;
	readonly model?: string;
	readonly project?: string;
	readonly service?: string;
	readonly sandbox?: boolean;
	readonly finishedAt?: string;
	readonly failed?: "no" | "yes";
}

let made = 0;

function line(bought: Bought = {}): LedgerLine {
	const { at = "2026-11-03T09:00:00.000Z", failed, service = real } = bought;
	const finished = new Date(Date.parse(at) + 60_000).toISOString();
	made += 1;
	const asked = {
		model: bought.model ?? "black-forest-labs/flux-1-1-pro-ultra",
		client_ref: bought.ref ?? `ref-${made}`,
		sandbox: bought.sandbox ?? false,
	};
	const cost = bought.cost === undefined ? {} : { cost_usd: bought.cost };
	const finishedAt = bought.finishedAt ?? finished;
	const saved = ledgerLine(
		{ service, project: bought.project, path: null, finishedAt },
		{ ...asked, ...cost, submitted_at: at },
	);
	return failed
		? { ...saved, record: failedRecord({ ...asked, charged: failed }) }
		: saved;
}

function ledgerFolder(runtime: FakeRuntime): string {
	return join(runtime.home, "state", "ledger");
}

async function machine(
	lines: readonly LedgerLine[],
	env: Readonly<Record<string, string>> = {},
): Promise<FakeRuntime> {
	const runtime = fakeRuntime({ env });
	const state = join(runtime.home, "state");
	const config = join(runtime.home, "config");
	const own = { FLUX_ULTRA_STATE_DIR: state, FLUX_ULTRA_CONFIG_DIR: config };
	const ledger = openLedger(ledgerFolder(runtime));
	for (const one of lines) await ledger.append(one);
	return { ...runtime, env: { ...own, ...env } };
}

async function run(runtime: FakeRuntime, options: SpendOptions = {}) {
	const code = await spend(options, runtime);
	return { code, stdout: runtime.stdoutText(), stderr: runtime.stderrText() };
}

async function rows(lines: readonly LedgerLine[], options: SpendOptions = {}) {
	const runtime = await machine(lines);
	const { stdout } = await run(runtime, { ...options, json: true });
	return stdout
		.trimEnd()
		.split("\n")
		.map((row) => JSON.parse(row));
}

async function groups(
	lines: readonly LedgerLine[],
	options: SpendOptions = {},
) {
	const all = await rows(lines, options);
	return all
		.slice(0, -1)
		.map(({ group, images, cost_usd }) => [group, images, cost_usd]);
}

it("shows what each of the last 30 days came to, and all of them together", async () => {
	const runtime = await machine([
		line({ at: "2026-10-04T12:00:00Z" }),
		line({ at: "2026-10-05T12:00:00Z" }),
		line({ cost: 0.003 }),
		line({ cost: 0.06 }),
		line({ failed: "no" }),
		line({ cost: null }),
		line({ failed: "yes" }),
	]);
	expect(await run(runtime)).toEqual({
		code: 0,
		stdout: `\
day                     images  failed    cost
2026-10-05                   1       0   $0.06
2026-11-03                   3       2  $0.063  2 images of unknown cost
total since 2026-10-05       4       2  $0.123  2 images of unknown cost
`,
		stderr: "",
	});
});

it("--json prints an object a group, and the total last", async () => {
	const lines = [
		line({ cost: 0.1 }),
		line({ cost: 0.2 }),
		line({ failed: "no" }),
		line({ cost: null }),
	];
	const sums = {
		images: 3,
		failed: 1,
		// 0.1 + 0.2 in dollars would be 0.30000000000000004.
		cost_usd: 0.3,
		unknown_cost: 1,
		sandbox: false,
		cost_is_estimate: false,
	};
	expect(await rows(lines)).toEqual([
		{ version: 1, by: "day", group: "2026-11-03", ...sums },
		{ version: 1, by: "day", group: null, ...sums },
	]);
});

it("--csv prints a header and the groups, quoted where they must be", async () => {
	const runtime = await machine([
		line({ project: 'spring, "red"' }),
		line({ cost: null }),
	]);
	expect(await run(runtime, { by: "project", csv: true })).toEqual({
		code: 0,
		stdout: `\
group,images,failed,cost_usd,unknown_cost,sandbox,cost_is_estimate
"spring, ""red""",1,0,0.06,0,false,false
-,1,0,0,1,false,false
`,
		stderr: "",
	});
});

const pro = "black-forest-labs/flux-1-1-pro";
const lightning = "bytedance/sd-xl-lightning";

it.each([
	["day", ["2026-10-31 1 0.06", "2026-11-02 2 0.046", "2026-11-03 1 0.06"]],
	["month", ["2026-10 1 0.06", "2026-11 3 0.106"]],
	["model", [`${pro}-ultra 2 0.12`, `${pro} 1 0.04`, `${lightning} 1 0.006`]],
	["project", ["spring 2 0.1", "- 1 0.06", "autumn 1 0.006"]],
])(
	"--by %s puts together what belongs together, in its order",
	async (by, expected) => {
		const at = "2026-11-02T09:00:00Z";
		const lines = [
			line({ at: "2026-11-03T09:00:00Z", project: "spring" }),
			line({ at, model: pro, cost: 0.04, project: "spring" }),
			line({ at, model: lightning, cost: 0.006, project: "autumn" }),
			line({ at: "2026-10-31T09:00:00Z" }),
		];
		const found = await groups(lines, { by });
		expect(found.map((group) => group.join(" "))).toEqual(expected);
	},
);

it("a later line of the same image counts instead of the earlier one", async () => {
	const lines = [
		line({ ref: "one", cost: 0.06 }),
		line({ ref: "two", failed: "no" }),
		line({ ref: "one", cost: 0.05 }),
		line({ ref: "two", cost: null }),
	];
	expect(await rows(lines)).toMatchObject([
		{ images: 2, failed: 0, cost_usd: 0.05, unknown_cost: 1 },
		{ group: null },
	]);
});

it("a bill that came is not given up for a later line's list price", async () => {
	const estimated = (one: LedgerLine): LedgerLine => ({
		...one,
		record: { ...one.record, cost_is_estimate: true },
	});
	const bill = line({ ref: "one", cost: 0.5 });
	const later = estimated(line({ ref: "one", cost: 0.06 }));
	expect(await rows([bill, later])).toMatchObject([
		{ images: 1, cost_usd: 0.5, cost_is_estimate: false },
		{ group: null },
	]);
	expect(await rows([later, bill])).toMatchObject([
		{ images: 1, cost_usd: 0.5, cost_is_estimate: false },
		{ group: null },
	]);
	expect(await rows([later, line({ ref: "two" })])).toMatchObject([
		{ images: 2, cost_usd: 0.12, cost_is_estimate: true },
		{ group: null },
	]);
});

it("an image that is fetched again costs nothing that day, and keeps its project, model and cost", async () => {
	const bought = line({
		ref: "one",
		project: "spring",
		at: "2026-11-01T09:00:00Z",
	});
	const fetched = line({
		ref: "one",
		at: "2026-11-01T09:00:00Z",
		finishedAt: "2026-11-03T09:00:00Z",
		model: "unknown/unknown",
		cost: null,
	});
	const lines = [bought, fetched];
	expect(await groups(lines, { by: "day" })).toEqual([["2026-11-01", 1, 0.06]]);
	expect(await groups(lines, { by: "project" })).toEqual([["spring", 1, 0.06]]);
	expect(await groups(lines, { by: "model" })).toEqual([
		["black-forest-labs/flux-1-1-pro-ultra", 1, 0.06],
	]);
	expect(await groups(lines, { since: "2d" })).toEqual([]);
});

it("an image that is fetched again in vain is bought all the same", async () => {
	const lines = [line({ ref: "one" }), line({ ref: "one", failed: "no" })];
	expect(await groups(lines)).toEqual([["2026-11-03", 1, 0.06]]);
});

it("days are those of this machine's calendar", async () => {
	vi.stubEnv("TZ", "Pacific/Auckland");
	const lines = [
		line({ at: "2026-11-02T10:59:00Z" }),
		line({ at: "2026-11-02T11:00:00Z" }),
		line({ at: "2026-11-03T11:30:00Z" }),
	];
	expect(await groups(lines)).toEqual([
		["2026-11-02", 1, 0.06],
		["2026-11-03", 1, 0.06],
		["2026-11-04", 1, 0.06],
	]);
	// It is one in the morning of the 4th there.
	expect(await groups(lines, { since: "2d" })).toHaveLength(2);
});

it.each([
	["today", "2026-11-03"],
	["1d", "2026-11-03"],
	["7d", "2026-10-28"],
	["2w", "2026-10-21"],
	["3m", "2026-08-03"],
	["12m", "2025-11-03"],
	["2026-11-01", "2026-11-01"],
	["1999-01-01", "1999-01-01"],
	[" 7d ", "2026-10-28"],
])("--since %s begins on %s", async (since, first) => {
	const { stderr } = await run(await machine([]), { since });
	expect(stderr).toBe(`note: nothing was spent at ${real} since ${first}\n`);
});

it("--since in months begins on the last day of a month that is too short", async () => {
	const runtime = await machine([]);
	runtime.clock.advance(Date.UTC(2027, 2, 31, 12) - runtime.clock.now());
	await run(runtime, { since: "1m" });
	expect(runtime.stderrText()).toContain("since 2027-02-28");
});

it.each([
	["yesterday", '"yesterday" is no date and no length of time for --since'],
	["7", '"7" is no date and no length of time for --since'],
	["0d", '"0d" is no date and no length of time for --since'],
	["7y", '"7y" is no date and no length of time for --since'],
	["-7d", '"-7d" is no date and no length of time for --since'],
	["", '"" is no date and no length of time for --since'],
	["2026-02-30", '"2026-02-30" is no date and no length of time for --since'],
	["2026-13-01", '"2026-13-01" is no date and no length of time for --since'],
	["2026-11-04", '"2026-11-04" is still to come: nothing was spent since then'],
])(
	"--since %j is refused with the forms that it takes",
	async (since, message) => {
		await expect(spend({ since }, await machine([]))).rejects.toMatchObject({
			code: "usage",
			message,
			hint: "say since when: 2026-11-01, 7d, 2w, 3m or today",
		});
	},
);

it.each(["week", "Day", ""])(
	"--by %j is refused with those there are",
	async (by) => {
		await expect(spend({ by }, await machine([]))).rejects.toMatchObject({
			code: "usage",
			message: `"${by}" is nothing that --by takes`,
			hint: "group by one of day, model, project, month",
		});
	},
);

it("--json and --csv together are refused", async () => {
	const both = spend({ json: true, csv: true }, await machine([]));
	await expect(both).rejects.toMatchObject({
		code: "usage",
		message: "--json and --csv both want stdout",
	});
});

const bothWorlds = [
	line(),
	line({ service: "sandbox", sandbox: true }),
	line({ service: local, sandbox: true, cost: 0.5 }),
	line({ service: local, sandbox: true, cost: 0.5 }),
];
const playMoney = `\
day                     images  failed  play money
2026-11-03                   1       0       $0.06
total since 2026-10-05       1       0       $0.06
`;

it("only the service in force is shown", async () => {
	expect((await run(await machine(bothWorlds))).stdout).toBe(`\
day                     images  failed   cost
2026-11-03                   1       0  $0.06
total since 2026-10-05       1       0  $0.06
`);
});

it("where only the sandbox was paid, a note says how that is shown", async () => {
	const runtime = await machine(
		bothWorlds.filter(({ service }) => service === "sandbox"),
	);
	expect(await run(runtime)).toEqual({
		code: 0,
		stdout: "",
		stderr: `note: nothing was spent at ${real} since 2026-10-05\nnote: play money of the sandbox: flux-ultra spend --sandbox\n`,
	});
});

it("--sandbox and its variable show the built-in sandbox, as play money", async () => {
	const told = { code: 0, stdout: playMoney, stderr: "" };
	expect(await run(await machine(bothWorlds), { sandbox: true })).toEqual(told);
	const env = { FLUX_ULTRA_SANDBOX: "1" };
	expect(await run(await machine(bothWorlds, env))).toEqual(told);
});

it("a sandbox server is shown as play money, and only where it is the service", async () => {
	const env = { FLUX_ULTRA_API_URL: local };
	const { stdout } = await run(await machine(bothWorlds, env), { json: true });
	expect(
		stdout
			.split("\n")
			.slice(0, 2)
			.map((row) => JSON.parse(row)),
	).toEqual(
		["2026-11-03", null].map((group) => ({
			version: 1,
			by: "day",
			group,
			images: 2,
			failed: 0,
			cost_usd: 1,
			unknown_cost: 0,
			sandbox: true,
			cost_is_estimate: false,
		})),
	);
});

it("money and play money at one address are not added up", async () => {
	const env = { FLUX_ULTRA_API_URL: local };
	const runtime = await machine([...bothWorlds, line({ service: local })], env);
	const { stdout, stderr } = await run(runtime, { csv: true });
	expect(stdout).toContain("2026-11-03,1,0,0.06,0,false,false\n");
	expect(stderr).toBe(
		`note: left out, as play money: 2 of a sandbox that was at ${local}\n`,
	);
});

it.each([
	[{}, "", `note: nothing was spent at ${real} since 2026-10-05\n`],
	[
		{ sandbox: true },
		"",
		"note: nothing was spent in the sandbox since 2026-10-05\n",
	],
	[{ quiet: true }, "", ""],
	[
		{ csv: true },
		"group,images,failed,cost_usd,unknown_cost,sandbox,cost_is_estimate\n",
		`note: nothing was spent at ${real} since 2026-10-05\n`,
	],
	[
		{ json: true, by: "month" },
		'{"version":1,"by":"month","group":null,"images":0,"failed":0,"cost_usd":0,"unknown_cost":0,"sandbox":false,"cost_is_estimate":false}\n',
		`note: nothing was spent at ${real} since 2026-10-05\n`,
	],
])(
	"where nothing was spent, %j is no error",
	async (options, stdout, stderr) => {
		expect(await run(await machine([]), options)).toEqual({
			code: 0,
			stdout,
			stderr,
		});
	},
);

it("names from outside cannot steer the terminal", async () => {
	const lines = [line({ project: "\u001b[2J\u202espring" })];
	for (const form of [{}, { json: true }, { csv: true }]) {
		const runtime = await machine(lines);
		const { stdout } = await run(runtime, { by: "project", ...form });
		expect(stdout).toContain("spring");
		expect(stdout).not.toContain("\u001b");
		expect(stdout).not.toContain("\u202e");
	}
});

it("a damaged line takes nothing else with it", async () => {
	const runtime = await machine([line({ ref: "one" })]);
	const torn = JSON.stringify(line({ ref: "two" })).slice(0, 100);
	const timeless = line({ ref: "one" });
	const file = join(ledgerFolder(runtime), "2026-11.jsonl");
	const noTime = JSON.stringify({
		...timeless,
		record: { ...timeless.record, submitted_at: null },
		finishedAt: "soon",
	});
	writeFileSync(file, `${torn}\n\n[]\nnull\n${noTime}\n`, { flag: "a" });
	expect((await run(runtime)).stdout).toContain(
		"2026-11-03                   1",
	);
});

it.each([
	[
		"the folder is a file",
		(folder: string) => writeFileSync(folder, ""),
		" cannot be read: it is no folder",
	],
	[
		"a month is a folder",
		(folder: string) =>
			mkdirSync(join(folder, "2026-11.jsonl"), { recursive: true }),
		"2026-11.jsonl cannot be read: a folder stands where a file should be",
	],
])("says which ledger cannot be read where %s", async (_, spoil, reason) => {
	const runtime = await machine([]);
	const folder = ledgerFolder(runtime);
	mkdirSync(join(folder, ".."), { recursive: true });
	spoil(folder);
	await expect(spend({}, runtime)).rejects.toMatchObject({
		code: "disk",
		message: expect.stringMatching(`^the ledger ${folder}.*${reason}$`),
		hint: expect.stringContaining(folder),
	});
	expect(runtime.signalListeners()).toBe(0);
});

it("an interrupt ends the reading, and no half of a sum is shown", async () => {
	const runtime = await machine(Array.from({ length: 3 }, () => line()));
	const running = spend({}, runtime);
	while (runtime.signalListeners() === 0)
		await new Promise((resolve) => setImmediate(resolve));
	runtime.signal("SIGINT");
	expect(await running).toBe(130);
	expect(runtime.stdoutText()).toBe("");
});
