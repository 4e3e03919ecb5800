import { createHash } from "node:crypto";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type ErrorCode, exitCodes } from "../../src/errors.ts";
import { sandboxKey } from "../../src/sandbox/api-key.ts";
import { garden } from "./paint.ts";
import { createWorld, type Json, type WorldOptions } from "./world.ts";

const model = "black-forest-labs/flux-1-1-pro-ultra";
const uuid = expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
const asked = {
	version: 1,
	prompt: "a garden",
	seed: 7,
	model,
	client_ref: uuid,
	index: 1,
	sandbox: true,
};
const next = { command: "flux-ultra resume", effect: "free" };
const noProblem = { hint: null, retryable: false, http_status: null };
const words = ["a garden", "--seed", "7", "-o", "x.jpg", "--json"];

function placeIn(cwd: string) {
	return { file: "x.jpg", path: join(cwd, "x.jpg") };
}

async function fileFacts(cwd: string) {
	const bytes = await garden();
	return {
		...placeIn(cwd),
		bytes: bytes.length,
		width: 96,
		height: 54,
		format: "jpeg",
		sha256: createHash("sha256").update(bytes).digest("hex"),
	};
}

it("saved: what was asked, the file, the run and what it cost", async () => {
	const world = await createWorld();
	const { code, records } = await world.run(words);
	expect({ code, records }).toEqual({
		code: 0,
		records: [
			{
				...asked,
				status: "saved",
				...(await fileFacts(world.cwd)),
				run_id: uuid,
				charged: "yes",
				cost_usd: 0.06,
				paid_usd: 0.06,
				submitted_at: "2026-11-03T12:00:01.000Z",
				run_ms: 3_400,
				total_ms: expect.closeTo(4_396, -1),
			},
		],
	});
});

it("saved: the cost is what the service says, not what we thought", async () => {
	const world = await createWorld({ priceUsd: 0.071 });
	const { records, stderr } = await world.run(words);
	expect(records[0].cost_usd).toBe(0.071);
	expect(stderr).toContain(" · $0.071 · ");
});

it("submitted: with --no-wait, and again without buying again", async () => {
	const world = await createWorld();
	const first = await world.run([...words, "--no-wait"]);
	const again = await world.run([...words, "--no-wait"]);
	expect([first.code, again.code]).toEqual([0, 0]);
	expect(first.records).toEqual([
		{
			...asked,
			...placeIn(world.cwd),
			status: "submitted",
			run_id: uuid,
			charged: "yes",
			cost_usd: 0.06,
			paid_usd: 0.06,
			cost_is_estimate: true,
			submitted_at: "2026-11-03T12:00:01.000Z",
			next,
		},
	]);
	const { run_id, client_ref } = first.records[0];
	expect(again.records).toMatchObject([
		{ status: "submitted", run_id, client_ref, charged: "no" },
	]);
	expect(world.bought()).toBe(1);
});

it("pending: gave up waiting", async () => {
	const world = await createWorld();
	const { code, records } = await world.run([...words, "--timeout", "2s"]);
	expect({ code, records }).toEqual({
		code: 8,
		records: [
			{
				...asked,
				...placeIn(world.cwd),
				status: "pending",
				run_id: uuid,
				charged: "yes",
				cost_usd: 0.06,
				paid_usd: 0.06,
				cost_is_estimate: true,
				submitted_at: "2026-11-03T12:00:01.000Z",
				next,
				error: {
					...noProblem,
					code: "timeout",
					message: expect.stringMatching(
						/^run [\da-f-]+ is still going on after 2 s$/,
					),
					hint: "it is paid and nothing is lost: flux-ultra resume",
					retryable: true,
					request_id: null,
				},
			},
		],
	});
});

it("pending: not known whether it was bought", async () => {
	const world = await createWorld({
		faults: ["post:reset-after", "list:no-lookup"],
	});
	const { code, records } = await world.run(words);
	expect({ code, records }).toEqual({
		code: 8,
		records: [
			{
				...asked,
				...placeIn(world.cwd),
				sandbox: expect.any(Boolean),
				status: "pending",
				run_id: null,
				charged: "unknown",
				submitted_at: null,
				next,
				error: {
					code: "unknown_charge",
					message: expect.stringMatching(
						/^connection reset: .* it cannot be told whether the run was bought: .*may not list runs$/,
					),
					hint: expect.stringContaining("flux-ultra resume"),
					retryable: true,
					http_status: null,
					request_id: null,
				},
			},
		],
	});
});

it("failed: with a sandbox's key, before it ever answered", async () => {
	const world = await createWorld();
	const { records } = await world.run(words, {
		env: {
			FLUX_ULTRA_API_URL: "http://127.0.0.1:1",
			RUNFLOW_API_KEY: sandboxKey,
		},
	});
	expect(records).toMatchObject([{ ...asked, status: "failed" }]);
});

it("failed: the reason, the request and whether it cost", async () => {
	const world = await createWorld({ faults: ["run:moderated"] });
	const { code, records } = await world.run(words);
	expect({ code, records }).toEqual({
		code: 6,
		records: [
			{
				...asked,
				status: "failed",
				run_id: uuid,
				charged: "no",
				error: {
					...noProblem,
					code: "moderated",
					message: expect.stringMatching(
						/^run [\da-f-]+ was refused by moderation: CONTENT_MODERATED: /,
					),
					hint: "change the prompt; refused runs are not charged",
					request_id: expect.stringMatching(/^req_/),
				},
			},
		],
	});
});

it("failed: an answer's status and request id are kept", async () => {
	const world = await createWorld({ faults: ["post:no-credit"] });
	const { records } = await world.run(words);
	expect(records).toMatchObject([
		{
			status: "failed",
			run_id: null,
			charged: "no",
			error: {
				code: "no_credit",
				http_status: 402,
				request_id: expect.stringMatching(/^req_/),
			},
		},
	]);
});

it("skipped: an image of the same command that is there already costs nothing", async () => {
	const world = await createWorld({ faults: ["run:long=600s@2"] });
	const both = ["a garden", "--seeds", "6-7", "-o", "{seed}.jpg", "--json"];
	const first = await world.run([...both, "-p", "1"]);
	expect([first.code, first.records.map(({ status }) => status)]).toEqual([
		3,
		["saved", "pending"],
	]);
	world.clock.advance(600_000);
	const { code, records } = await world.run([...both, "-p", "1"]);
	const { charged, cost_usd, submitted_at, run_ms, total_ms, ...same } =
		first.records[0];
	expect(code).toBe(0);
	expect(records).toEqual([
		{ ...same, status: "skipped", charged: "no", cost_usd: 0 },
		expect.objectContaining({
			status: "saved",
			seed: 7,
			charged: "no",
			cost_usd: 0,
			paid_usd: 0.06,
		}),
	]);
	expect(world.bought()).toBe(2);
});

it("one record an image, as each is done, with its index", async () => {
	const world = await createWorld({ faults: ["run:stuck@1"] });
	const outcome = await world.run(
		[
			...["a.", "--seeds", "1-4", "-o", "{index}-{seed}.jpg", "--json"],
			...["--timeout", "24h"],
		],
		{
			// The long one ends by an interrupt, once the others are told.
			during({ stdout, signal }) {
				const write = stdout.write.bind(stdout);
				let told = 0;
				Object.assign(stdout, {
					write(...all: Parameters<typeof write>) {
						told += 1;
						if (told === 3) setImmediate(() => signal("SIGINT"));
						return write(...all);
					},
				});
			},
		},
	);
	const lines: Json[] = outcome.stdout
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line));
	expect(lines.map(({ status }) => status)).toEqual([
		...["saved", "saved", "saved", "pending"],
	]);
	expect(outcome.records.map(({ index, seed }) => [index, seed])).toEqual([
		[1, 1],
		[2, 2],
		[3, 3],
		[4, 4],
	]);
	for (const { index, file } of lines.slice(0, 3))
		expect(file).toBe(`${index}-${index}.jpg`);
});

it("error: a command that ends before any image prints one record", async () => {
	const world = await createWorld();
	world.write("x.jpg", "mine");
	const { code, records } = await world.run(words);
	expect({ code, records }).toEqual({
		code: 2,
		records: [
			{
				version: 1,
				status: "error",
				charged: "no",
				error: {
					...noProblem,
					code: "exists",
					message: `${join(world.cwd, "x.jpg")} exists`,
					hint: "name another with -o; --force buys it anew ($0.06) and replaces the file",
					request_id: null,
				},
			},
		],
	});
});

it.each<[string, readonly string[]]>([
	["an unknown option", ["--nonsense", "--json"]],
	["two words", ["a.", "b", "--json"]],
	["no such run", ["runs", "show", "none", "--json"]],
	["a broken setting", ["a.", "--json", "--timeout", "never"]],
	["half a command", ["runs", "--json"]],
])("with --json %s is one line on stdout", async (_what, argv) => {
	const world = await createWorld();
	const { code, stdout } = await world.run(argv);
	expect(code).toBeGreaterThan(0);
	expect(stdout.match(/\n/g)).toHaveLength(1);
	expect(JSON.parse(stdout)).toMatchObject({ version: 1, status: "error" });
});

interface Cause extends WorldOptions {
	readonly words?: readonly string[];
}

/** A way to fail for each code of the contract's table. */
const causes: readonly (readonly [ErrorCode, number, Cause])[] = [
	["run_failed", 1, { faults: ["run:failed"] }],
	["canceled", 1, { faults: ["run:canceled"] }],
	["no_output", 1, { faults: ["run:no-output"] }],
	["bad_response", 1, { faults: ["poll:404"] }],
	["usage", 2, { words: ["--seed", "x"] }],
	["exists", 2, { words: ["-o", "there.jpg"] }],
	["config", 2, { env: { FLUX_ULTRA_MAX_COST: "much" } }],
	["auth", 4, { env: { RUNFLOW_API_KEY: undefined } }],
	["auth", 4, { faults: ["post:no-key"] }],
	["auth", 4, { faults: ["post:forbidden"] }],
	["no_credit", 5, { balanceUsd: 0 }],
	["over_budget", 5, { words: ["--max-cost", "0.01"] }],
	["moderated", 6, { faults: ["post:moderated"] }],
	["moderated", 6, { faults: ["run:moderated"] }],
	["network", 7, { env: { FLUX_ULTRA_API_URL: "http://127.0.0.1:1" } }],
	["rate_limited", 7, { faults: ["post:429"] }],
	["unavailable", 7, { faults: ["post:model-unavailable"] }],
	["timeout", 8, { words: ["--timeout", "1s"] }],
	["unknown_charge", 8, { faults: ["post:reset-after", "list:no-lookup"] }],
	["disk", 9, { env: { FLUX_ULTRA_STATE_DIR: "there.jpg" } }],
	["bad_image", 9, { faults: ["image:truncated"] }],
];

it.each(causes)(
	"%s ends with exit code %d: %j",
	async (errorCode, exitCode, cause) => {
		const { words: more = [], ...options } = cause;
		const world = await createWorld(options);
		world.write("there.jpg", "mine");
		const argv = ["a.", "--json", ...["-o", "x.jpg"], ...more];
		const { code, records } = await world.run(argv);
		expect([code, records.length, records[0]?.error?.code]).toEqual([
			exitCode,
			1,
			errorCode,
		]);
	},
);

it("internal is our own mistake: exit 1, with its stack", async () => {
	const world = await createWorld();
	const random = () => {
		throw new TypeError("odd");
	};
	const { code, records, stderr } = await world.run(["a.", "--json"], {
		runtime: { random },
	});
	expect([code, records.length, records[0].error.code]).toEqual([
		1,
		1,
		"internal",
	]);
	expect(stderr).toMatch(/^error: odd\n.*TypeError: odd\n {4}at /s);
});

it.each([
	["SIGINT", 130],
	["SIGTERM", 143],
] as const)(
	"interrupted by %s: exit %d, and a record of what goes on",
	async (signal, exitCode) => {
		let interrupt = () => {};
		const world = await createWorld({
			onRequest: ({ path }) => {
				if (path.startsWith("/v1/runs/")) interrupt();
			},
		});
		const { code, records, stderr } = await world.run(words, {
			during: (runtime) => {
				interrupt = () => {
					interrupt = () => {};
					runtime.signal(signal);
				};
			},
		});
		expect({ code, records }).toMatchObject({
			code: exitCode,
			records: [
				{ status: "pending", charged: "yes", error: { code: "interrupted" } },
			],
		});
		expect(stderr).toMatch(
			/Interrupted\. Run [\da-f-]+ goes on and is paid; it cannot be canceled\.\nTo bring what is paid: flux-ultra resume\n$/,
		);
		expect(await world.run(["resume"])).toMatchObject({
			code: 0,
			stdout: "x.jpg\n",
		});
		expect(world.bought()).toBe(1);
	},
);

it("no code is without a test, and no exit code has moved", () => {
	const elsewhere = { internal: 1, interrupted: 130 };
	const tested = causes.map(([errorCode, exitCode]) => [errorCode, exitCode]);
	expect({ ...Object.fromEntries(tested), ...elsewhere }).toEqual(exitCodes);
});

it.each<[string, readonly string[], number]>([
	["all saved", [], 0],
	["some missing", ["run:failed@2"], 3],
	["none, for one reason", ["run:moderated"], 6],
	["none, all in doubt", ["post:reset-after", "list:no-lookup"], 8],
	["none, for several reasons", ["run:moderated@1", "run:failed@2,3"], 1],
	[
		"none, for two reasons of another code",
		["post:no-credit@3", "run:moderated"],
		1,
	],
])("several images, %s: %j ends with %d", async (_what, faults, exitCode) => {
	const world = await createWorld({ faults });
	const { code, records } = await world.run([
		...["a.", "--seeds", "1-3", "-o", "s/", "--json"],
	]);
	expect([code, records.length]).toEqual([exitCode, 3]);
});
