import { describe, expect, test } from "vitest";
import { buy, findEarlierRun } from "../../src/purchase/buy.ts";
import type { Stage } from "../../src/purchase/job.ts";
import type { Run } from "../../src/runflow/schemas.ts";
import {
	type Answer,
	hang,
	makeRun,
	problem,
	refused,
	reset,
	type Script,
	timedOut,
} from "./fake-client.ts";
import {
	bought,
	failureOf,
	interrupted,
	type JobWorld,
	jobWorld,
	makeJob,
} from "./job-world.ts";

const run = makeRun({ id: "run-1" });
const absent = { runs: [], complete: true };
const present = { runs: [run], complete: true };
const passedOver = { runs: [], complete: false };

const sending: Stage = { name: "sending", sentAt: "2026-11-03T12:00:00.000Z" };

async function buyRun(...args: Parameters<typeof buy>) {
	const bought = await buy(...args);
	return "known" in bought ? bought.known : expect.fail("nothing was sent");
}

/** Buys by a script from a job that is only planned. */
async function buyWith(script: Script) {
	const world = await jobWorld(script);
	const held = await world.hold();
	return { ...world, held, outcome: buyRun(held, world.context) };
}

describe("an order that is taken at once", () => {
	test("is on disk with reference and bytes before it is sent, and with its run after", async () => {
		const seen: unknown[] = [];
		const world = await jobWorld({
			create: [
				async () => {
					seen.push(await world.jobOnDisk());
					return run;
				},
			],
		});
		const held = await world.hold();
		seen.push(await world.jobOnDisk());
		expect(await buyRun(held, world.context)).toBe(run);
		seen.push(await world.jobOnDisk());
		const job = makeJob({}, world.folder);
		const draft = expect.stringMatching(/^[\w-]{12}$/);
		expect(seen).toEqual([
			{ ...job, stage: { name: "planned" } },
			{ ...job, account: "account-1", draft, stage: sending },
			{ ...job, account: "account-1", draft, stage: bought },
		]);
		expect(world.client.orders).toEqual([
			{ model: job.model, body: job.body, idempotencyKey: job.ref },
		]);
		expect(world.events).toEqual([
			{ type: "sending" },
			{ type: "submitted", runId: "run-1" },
		]);
		expect([world.clock.sleeps, world.client.searches]).toEqual([[], []]);
	});
});

describe("an order that surely did not arrive is sent again, the same to the byte", () => {
	test.each([
		["nobody listens", refused],
		["the service says 429", problem(429, { code: "RATE_LIMITED" })],
	])("%s", async (_why, trouble) => {
		const { outcome, clock, client, held } = await buyWith({
			create: [trouble, trouble, trouble, trouble, run],
		});
		expect(await outcome).toBe(run);
		expect(clock.sleeps).toEqual([1_000, 2_000, 4_000, 8_000]);
		expect(
			new Set(client.orders.map((order) => JSON.stringify(order))),
		).toEqual(new Set([JSON.stringify(client.orders[0])]));
		expect(client.searches).toEqual([]);
		expect(held.job.stage.name).toBe("bought");
	});

	test("five times at most; then it is known that nothing was bought", async () => {
		const trouble = problem(503, { code: "MODEL_UNAVAILABLE" });
		const { outcome, client, held, clock } = await buyWith({
			create: [trouble, trouble, trouble, trouble, trouble, run],
		});
		expect(await failureOf(outcome)).toMatchObject({
			code: "unavailable",
			message: "MODEL_UNAVAILABLE: HTTP 503",
			charged: "no",
			retryable: true,
			httpStatus: 503,
			requestId: "req-1",
		});
		expect(client.orders).toHaveLength(5);
		expect(clock.sleeps).toEqual([1_000, 2_000, 4_000, 8_000]);
		expect(held.job.stage).toEqual({ name: "planned" });
	});

	test("until the time is over where a batch waits for the network to come back", async () => {
		const world = await jobWorld({
			create: [...Array(9).fill(refused), run],
		});
		const context = { ...world.context, isUnattended: true };
		const bought = await buy(await world.hold(), context);
		expect(bought).toMatchObject({ id: "run-1", boughtHere: true });
		expect(world.clock.sleeps.slice(4)).toEqual([
			16_000, 32_000, 32_000, 32_000, 32_000,
		]);
	});

	test("and what an outage took of tries counts for nothing once it is over", async () => {
		const busy = problem(503, { code: "MODEL_UNAVAILABLE" });
		const world = await jobWorld({
			create: [...Array(6).fill(refused), busy, run],
		});
		const context = { ...world.context, isUnattended: true };
		expect(await buy(await world.hold(), context)).toMatchObject({
			id: "run-1",
		});
	});

	test("unless nothing more is to be bought: then it waits no longer", async () => {
		const world = await jobWorld({ create: [refused] });
		const clock = world.clock.before(() =>
			setImmediate(() => world.context.admission.stop(interrupted)),
		);
		const startMs = clock.elapsed();
		expect(
			await failureOf(buy(await world.hold(), { ...world.context, clock })),
		).toMatchObject({ code: "interrupted", charged: "no" });
		expect(clock.elapsed()).toBe(startMs);
	});

	test("with up to a second more between, and when the service asks for it", async () => {
		const world = await jobWorld(
			{
				create: [
					refused,
					problem(429, { code: "RATE_LIMITED", retryAfterMs: 7_000 }),
					run,
				],
			},
			{ random: () => 0.5 },
		);
		await buy(await world.hold(), world.context);
		expect(world.clock.sleeps).toEqual([1_500, 7_500]);
		expect(world.notes()).toEqual([
			"connection refused: api.test; trying again in 2 s",
			"RATE_LIMITED: HTTP 429; trying again in 8 s",
		]);
	});

	test("not where that is later than the user waits", async () => {
		const { outcome, clock, held } = await buyWith({
			create: [problem(429, { code: "RATE_LIMITED", retryAfterMs: 600_000 })],
		});
		expect(await failureOf(outcome)).toMatchObject({
			code: "rate_limited",
			charged: "no",
		});
		expect(clock.sleeps).toEqual([]);
		expect(held.job.stage).toEqual({ name: "planned" });
	});

	test("and while it waits, the disk says that nothing was sent", async () => {
		const stages: unknown[] = [];
		const world = await jobWorld({ create: [refused, run] });
		const held = await world.hold();
		const clock = world.clock.before(async () =>
			stages.push((await world.jobOnDisk())?.stage),
		);
		await buyRun(held, { ...world.context, clock });
		expect(stages).toEqual([{ name: "planned" }]);
	});
});

const mayHaveArrived: [string, Answer<Run>][] = [
	["the connection is reset", reset],
	["no answer comes in time", timedOut],
	["the service says 500", problem(500)],
	["the service says 502", problem(502)],
	["a proxy says 503 in HTML", problem(503, { fromService: false })],
	["the service says 503 in words that nobody has documented", problem(503)],
	["something says 429 in words that nobody has documented", problem(429)],
	[
		"a proxy says 503 in the service's words",
		problem(503, { code: "MODEL_UNAVAILABLE", fromService: false }),
	],
	["a proxy says 504 in HTML", problem(504, { fromService: false })],
	["a 201 cannot be read", problem(201, { fromService: false })],
	["the reference is known already (409)", problem(409)],
	["the request was cut off while it was read (408)", problem(408)],
];

describe("an order that may have arrived is looked up before anything is sent again", () => {
	test.each(mayHaveArrived)("%s: found, and adopted", async (_why, trouble) => {
		const stages: unknown[] = [];
		const world = await jobWorld({
			create: [trouble],
			find: [
				async () => {
					stages.push((await world.jobOnDisk())?.stage);
					return present;
				},
			],
		});
		const held = await world.hold();
		expect(await buyRun(held, world.context)).toBe(run);
		expect(stages).toEqual([sending]);
		expect(world.client.searches).toEqual([
			{ ref: "ref-1", clientRef: "ref-1" },
		]);
		expect(world.client.orders).toHaveLength(1);
		expect(world.clock.sleeps).toEqual([]);
		expect((await world.jobOnDisk())?.stage).toEqual(bought);
	});

	test.each(mayHaveArrived)(
		"%s: surely not there once the grace is over, and sent again",
		async (_why, trouble) => {
			const { outcome, client, clock, held } = await buyWith({
				create: [trouble, run],
				find: Array(8).fill(absent),
			});
			expect(await outcome).toBe(run);
			// Looked up at once, then after 0.25, 1, 2, 4, 8, 16 and 30 s; then the vendor's pause.
			const looks = [250, 750, 1_000, 2_000, 4_000, 8_000, 14_000];
			expect(clock.sleeps).toEqual([...looks, 1_000]);
			expect(client.orders).toHaveLength(2);
			expect(client.orders[1]).toEqual(client.orders[0]);
			expect(held.job.stage.name).toBe("bought");
		},
	);

	test("a run that shows up late is adopted, and told what is asked meanwhile", async () => {
		const { outcome, client, clock, notes } = await buyWith({
			create: [reset],
			find: [absent, absent, absent, present],
		});
		expect(await outcome).toBe(run);
		expect(clock.sleeps).toEqual([250, 750, 1_000]);
		expect(client.orders).toHaveLength(1);
		expect(notes()).toEqual([
			"connection reset: api.test; asking whether the run was made",
		]);
	});

	test("the user's time may be over before absence is certain: then nothing is sent again", async () => {
		const world = await jobWorld({
			create: [reset],
			find: Array(6).fill(absent),
		});
		const deadlineMs = world.clock.elapsed() + 10_000;
		const held = await world.hold();
		const outcome = buyRun(held, { ...world.context, deadlineMs });
		expect(await failureOf(outcome)).toMatchObject({
			code: "unknown_charge",
			message: expect.stringContaining("may list it up to 30 s late"),
		});
		expect(world.clock.elapsed()).toBeLessThanOrEqual(deadlineMs);
		expect(held.job.stage).toEqual(sending);
	});

	test("five orders that each got lost and are each not there have bought nothing", async () => {
		const { outcome, held, client } = await buyWith({
			create: [reset, reset, reset, reset, reset],
			find: Array(40).fill(absent),
		});
		expect(await failureOf(outcome)).toMatchObject({
			code: "network",
			charged: "no",
		});
		expect(held.job.stage).toEqual({ name: "planned" });
		expect(client.unused).toBe(0);
	});

	const fourWaits = [1_000, 2_000, 4_000, 8_000];
	const html = problem(200, { fromService: false, message: "HTML" });

	test.each([
		["lists runs without regard to our reference", passedOver, []],
		["answers: HTTP 403", problem(403), []],
		["answers: HTTP 404", problem(404), []],
		["answers: HTTP 422", problem(422), []],
		["answers: HTTP 500", problem(500), fourWaits],
		["answers: connection reset: api.test", reset, fourWaits],
		["answers: HTML", html, fourWaits],
	])(
		"where the listing %s, nobody can tell: it is never sent again, and stays on disk as it is",
		async (reason, answer, sleeps) => {
			const { outcome, client, clock, held, jobOnDisk } = await buyWith({
				create: [reset],
				find: Array(sleeps.length + 1).fill(answer),
			});
			expect(await failureOf(outcome)).toMatchObject({
				code: "unknown_charge",
				message: `connection reset: api.test, and it cannot be told whether the run was bought: the ${answer === passedOver ? "service" : "listing of runs"} ${reason}`,
				hint: expect.stringMatching(
					/^nothing is lost and nothing will be bought again: flux-ultra resume/,
				),
				charged: "unknown",
				retryable: true,
			});
			expect(client.orders).toHaveLength(1);
			expect(client.unused).toBe(0);
			expect(clock.sleeps).toEqual(sleeps);
			expect(held.job.stage).toEqual(sending);
			expect((await jobOnDisk())?.stage).toEqual(sending);
		},
	);

	test("a listing that fails for a moment is asked again", async () => {
		const { outcome, client } = await buyWith({
			create: [reset],
			find: [problem(503), reset, present],
		});
		expect(await outcome).toBe(run);
		expect(client.orders).toHaveLength(1);
	});

	test("a listing that says when to come again is asked then", async () => {
		const { outcome, clock } = await buyWith({
			create: [reset],
			find: [problem(429, { retryAfterMs: 5_000 }), present],
		});
		await outcome;
		expect(clock.sleeps).toEqual([5_000]);
	});

	test("a listing that says to come again when the user is gone is not waited for", async () => {
		const { outcome, clock } = await buyWith({
			create: [reset],
			find: [problem(429, { retryAfterMs: 3_600_000 })],
		});
		expect((await failureOf(outcome)).code).toBe("unknown_charge");
		expect(clock.sleeps).toEqual([]);
	});

	test("of two runs with our reference the one that came furthest is taken, of equals the first", async () => {
		const runs = [
			makeRun({ id: "failed", state: "failed" }),
			makeRun({ id: "queued", state: "queued" }),
			makeRun({ id: "running-1", state: "running" }),
			makeRun({ id: "running-2", state: "running" }),
		];
		const { outcome } = await buyWith({
			create: [reset],
			find: [{ runs, complete: true }],
		});
		expect((await outcome).id).toBe("running-1");
	});
});

describe("an order that is refused buys nothing and is not sent again", () => {
	test.each([
		[400, undefined, "run_failed"],
		[401, "UNAUTHORIZED", "auth"],
		[402, "INSUFFICIENT_CREDIT", "no_credit"],
		[403, "PERMISSION_DENIED", "auth"],
		[404, "MODEL_NOT_FOUND", "bad_response"],
		[413, undefined, "bad_response"],
		[422, "CONTENT_POLICY", "moderated"],
		[422, undefined, "run_failed"],
	])("HTTP %i %s", async (status, said, code) => {
		const answer = problem(status, said === undefined ? {} : { code: said });
		const { outcome, client, clock } = await buyWith({ create: [answer] });
		expect(await failureOf(outcome)).toMatchObject({
			code,
			charged: "no",
			httpStatus: status,
		});
		expect(client.orders).toHaveLength(1);
		expect(client.searches).toEqual([]);
		expect(clock.sleeps).toEqual([]);
	});
});

describe("a job that an earlier process may have sent", () => {
	test("is looked up first, and adopted", async () => {
		const world = await jobWorld({ find: [present] });
		const held = await world.hold({ stage: sending });
		expect(await buyRun(held, world.context)).toBe(run);
		expect(world.client.orders).toEqual([]);
		expect(held.job.stage.name).toBe("bought");
	});

	test("is sent with the same reference and bytes once it is sure that nothing came of it", async () => {
		const world = await jobWorld({
			find: Array(8).fill(absent),
			create: [run],
		});
		const held = await world.hold({ stage: sending });
		await buyRun(held, world.context);
		expect(world.client.orders).toEqual([
			{
				model: held.job.model,
				body: held.job.body,
				idempotencyKey: "ref-1",
			},
		]);
	});

	test("gets the whole grace from now where its request may just have ended", async () => {
		const world = await jobWorld({ find: Array(8).fill(absent) });
		const held = await world.hold({ stage: sending });
		world.clock.advance(10_000);
		expect(await findEarlierRun(held, world.context)).toBeUndefined();
		expect(world.clock.sleeps).toEqual([
			250, 750, 1_000, 2_000, 4_000, 8_000, 14_000,
		]);
	});

	test("gets the whole grace whatever the stamp and the time of day say", async () => {
		const world = await jobWorld({ find: Array(8).fill(absent) });
		const sentAt = "2025-01-01T00:00:00.000Z";
		const held = await world.hold({ stage: { name: "sending", sentAt } });
		world.clock.setForward(-3_600_000);
		const found = findEarlierRun(held, world.context);
		world.clock.setForward(7_200_000);
		expect(await found).toBeUndefined();
		expect(world.clock.sleeps).toEqual([
			250, 750, 1_000, 2_000, 4_000, 8_000, 14_000,
		]);
	});

	test("is not proved to be absent by the key of another account", async () => {
		const world = await jobWorld({ find: Array(8).fill(absent) });
		const held = await world.hold({ stage: sending, account: "other" });
		expect(await failureOf(buyRun(held, world.context))).toMatchObject({
			code: "unknown_charge",
			charged: "unknown",
			message:
				"it cannot be told whether the run was bought: it was sent with another key",
		});
		expect(held.job.stage).toEqual(sending);
		expect(world.client.orders).toEqual([]);
	});

	test("is left as it is where nobody can tell", async () => {
		const world = await jobWorld({ find: [passedOver] });
		const held = await world.hold({ stage: sending });
		const command = (words: string) => `flux-ultra ${words} --sandbox`;
		const context = { ...world.context, command };
		expect(await failureOf(buyRun(held, context))).toMatchObject({
			code: "unknown_charge",
			message:
				"it cannot be told whether the run was bought: the service lists runs without regard to our reference",
			hint: expect.stringMatching(
				/runs list --account --sandbox, and bring it by .*runs fetch <run>/,
			),
			charged: "unknown",
		});
		expect(world.client.orders).toEqual([]);
		expect(held.job.stage).toEqual(sending);
	});

	test.each([
		["planned", { name: "planned" } as const],
		["bought", bought],
	])("is not looked up where it is %s", async (_name, stage) => {
		const world = await jobWorld();
		const held = await world.hold({ stage });
		expect(await findEarlierRun(held, world.context)).toBeUndefined();
		expect(world.client.searches).toEqual([]);
	});
});

describe("an interrupt", () => {
	test("before the request sends nothing", async () => {
		const world = await jobWorld();
		const held = await world.hold();
		world.interrupt();
		expect(await failureOf(buyRun(held, world.context))).toBe(interrupted);
		expect(world.client.orders).toEqual([]);
		expect(held.job.stage).toEqual({ name: "planned" });
	});

	const afterwards: [string, (interrupt: Answer<never>) => Script, Stage][] = [
		[
			"inside the request leaves it for a later look",
			(interrupt) => ({ create: [interrupt] }),
			sending,
		],
		[
			"inside the look-up leaves it for a later look",
			(interrupt) => ({ create: [reset], find: [interrupt] }),
			sending,
		],
		[
			"between two look-ups leaves it for a later look",
			() => ({ create: [reset], find: [absent] }),
			sending,
		],
		[
			"between two tries leaves a job that was never bought",
			() => ({ create: [refused] }),
			{ name: "planned" },
		],
	];

	test.each(afterwards)("%s", async (_when, scriptOf, stage) => {
		const interrupt = (signal?: AbortSignal) => {
			world.interrupt();
			return hang(signal);
		};
		const world: JobWorld = await jobWorld(scriptOf(interrupt));
		const held = await world.hold();
		const clock = world.clock.before(interrupt);
		const failure = await failureOf(buy(held, { ...world.context, clock }));
		expect(failure).toBe(interrupted);
		expect((await world.jobOnDisk())?.stage).toEqual(stage);
		expect(world.client.orders).toHaveLength(1);
		expect(world.client.unused).toBe(0);
	});
});

describe("an order whose image has another name at the service", () => {
	const body = (input: object, ref = "ref-1") =>
		JSON.stringify({
			input: { prompt: "a garden", ...input },
			client_ref: ref,
			metadata: { job: ref },
		});
	const edit = { body: body({ image_url: "https://a.test/1.png" }) };
	const lacking = (name: string) => problem(422, { missingInputs: [name] });
	const inputsOf = ({ client }: JobWorld) =>
		client.orders.map((order) => JSON.parse(order.body).input);

	test.each([
		["image_urls", ["https://a.test/1.png"]],
		["image_b64", "https://a.test/1.png"],
		["image", "https://a.test/1.png"],
	])(
		"is sent once more as %s, under a reference of its own",
		async (name, image) => {
			const seen: unknown[] = [];
			const world = await jobWorld({
				create: [
					lacking(name),
					async () => {
						seen.push(await world.jobOnDisk());
						return run;
					},
				],
			});
			const held = await world.hold(edit);
			expect(await buyRun(held, world.context)).toBe(run);
			expect(inputsOf(world)[1]).toEqual({ prompt: "a garden", [name]: image });
			const [first, second] = world.client.orders;
			expect(first?.idempotencyKey).toBe("ref-1");
			expect(second?.idempotencyKey).not.toBe("ref-1");
			// On disk before it leaves.
			const { idempotencyKey: ref = "", body: sent = "" } = second ?? {};
			expect(seen).toMatchObject([
				{ ref, clientRef: ref, body: sent, stage: { name: "sending" } },
			]);
			expect(JSON.parse(sent)).toMatchObject({
				client_ref: ref,
				metadata: { job: ref },
			});
		},
	);

	test("keeps the reference that the images of a batch share", async () => {
		const world = await jobWorld({ create: [lacking("image_urls"), run] });
		const held = await world.hold({ ...edit, clientRef: "group.0" });
		await buyRun(held, world.context);
		expect(held.job.clientRef).toBe("group.0");
		expect(held.job.ref).not.toBe("ref-1");
	});

	test("is refused where that name is refused as well", async () => {
		const world = await jobWorld({
			create: [lacking("image_urls"), lacking("image_b64")],
		});
		const held = await world.hold(edit);
		const failure = await failureOf(buyRun(held, world.context));
		expect(failure).toMatchObject({ code: "run_failed", charged: "no" });
		expect(world.client.orders).toHaveLength(2);
	});

	test.each(["mask_url", "prompt", "image_url"])(
		"is not sent again for want of %s",
		async (name) => {
			const world = await jobWorld({ create: [lacking(name)] });
			const held = await world.hold(edit);
			await failureOf(buyRun(held, world.context));
			expect(world.client.orders).toHaveLength(1);
		},
	);

	test("does not count against a limit what was refused", async () => {
		const limits = { maxMicros: 60_000 };
		const create = [lacking("image_urls"), run];
		const world = await jobWorld({ create }, {}, limits);
		expect(await buyRun(await world.hold(edit), world.context)).toBe(run);
	});

	test.each([
		[[{ name: "image_b64", isList: false }], "image_b64"],
		[[{ name: "pictures", isList: true }], "pictures"],
		[[{ name: "image_url", isList: false }], "image_url"],
		[undefined, "image_url"],
	])(
		"goes by the live description where there is one: %j",
		async (told, name) => {
			const own = { imageInputs: async () => told };
			const world = await jobWorld({ create: [run] }, own);
			await buyRun(await world.hold(edit), world.context);
			expect(Object.keys(inputsOf(world)[0])).toEqual(["prompt", name]);
		},
	);
});
