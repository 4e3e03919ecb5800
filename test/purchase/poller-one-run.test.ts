import { once } from "node:events";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createPoller } from "../../src/purchase/poll/poller.ts";
import type { Run } from "../../src/runflow/schemas.ts";
import { WireError } from "../../src/runflow/wire-error.ts";
import {
	type Answer,
	hang,
	makeRun,
	problem,
	refused,
	reset,
	timedOut,
} from "./fake-client.ts";
import {
	failureOf,
	interrupted,
	type JobWorld,
	jobWorld,
} from "./job-world.ts";

const queued = makeRun({ state: "queued" });
const running = makeRun({ state: "running" });
const succeeded = makeRun({ state: "succeeded" });

/** Waits for a run that was made just now, with these answers. */
async function waitWith(read: readonly Answer<Run>[], first?: Run) {
	const world = await jobWorld({ read });
	return { ...world, end: wait(world, first) };
}

function wait(
	{ context, clock }: Pick<JobWorld, "context" | "clock">,
	known?: Run,
): Promise<Run> {
	const submittedAtMs = clock.elapsed();
	const run = { id: "run-1", clientRef: "ref-1", submittedAtMs, known };
	return createPoller().waitForEnd(run, context);
}

test.each([
	["succeeded", "succeeded"],
	["succeeded", "partial_succeeded"],
	["failed", "failed"],
	["canceled", "cancelled"],
] as const)("a run that is %s (%s) has ended", async (state, status) => {
	const run = makeRun({ state, status });
	const { end, client } = await waitWith([run]);
	expect(await end).toBe(run);
	expect(client.reads).toEqual(["run-1"]);
});

test("a run that has ended already is not asked for", async () => {
	const { end, client, clock } = await waitWith([], succeeded);
	expect(await end).toBe(succeeded);
	expect([client.reads, clock.sleeps]).toEqual([[], []]);
});

test("a run that was just made is looked at when it may have ended, one that is found again at once", async () => {
	const fresh = await waitWith([succeeded], queued);
	await fresh.end;
	expect(fresh.clock.sleeps).toEqual([1_500]);
	const found = await waitWith([succeeded]);
	await found.end;
	expect(found.clock.sleeps).toEqual([0]);
});

test("each state is told, with its age and the service's own word", async () => {
	const odd = makeRun({ state: "unknown", status: "paused" });
	const { end, events } = await waitWith([running, odd, succeeded], queued);
	await end;
	const state = { type: "state" };
	expect(events).toEqual([
		{ ...state, state: "queued", status: "queued", sinceMs: 0 },
		{ ...state, state: "running", status: "running", sinceMs: 1_500 },
		{
			...state,
			state: "unknown",
			status: "paused",
			sinceMs: 3_000,
		},
	]);
});

test("a status that nobody knows is waited out", async () => {
	const odd = makeRun({ state: "unknown", status: "thinking" });
	const { end } = await waitWith([...Array(40).fill(odd), succeeded], queued);
	expect(await end).toBe(succeeded);
});

test("no run costs more than 28 looks in its first minute", async () => {
	const { end, client, clock } = await waitWith(
		[...Array(32).fill(running), succeeded],
		queued,
	);
	const startMs = clock.now();
	await end;
	let at = 0;
	const looks = clock.sleeps.map((ms) => {
		at += ms;
		return at;
	});
	expect(looks.filter((ms) => ms < 60_000 - 1)).toHaveLength(28);
	expect(client.reads).toHaveLength(33);
	expect(clock.now() - startMs).toBeCloseTo(80_000, -2);
});

describe("what comes instead of a run is waited out", () => {
	test.each([
		["a reset", reset],
		["a refused connection", refused],
		["a time-out", timedOut],
		["HTML of a proxy", problem(502, { fromService: false })],
		["a login page of a hotel", problem(401, { fromService: false })],
		["an unreadable 200", problem(200, { fromService: false })],
		["500", problem(500)],
		["503", problem(503)],
		["429", problem(429)],
		["a 404 of something else", problem(404, { fromService: false })],
	])("%s", async (_what, trouble) => {
		const { end, notes } = await waitWith(
			[trouble, running, trouble, trouble, succeeded],
			queued,
		);
		expect(await end).toBe(succeeded);
		expect(notes()).toEqual(
			Array(3).fill(`${trouble.message}; the run goes on, still waiting`),
		);
	});

	test("a 404 of a run that was just made, which is not said to go on", async () => {
		const { end, notes } = await waitWith([problem(404), succeeded], queued);
		expect(await end).toBe(succeeded);
		expect(notes()).toEqual([
			"the service does not show run run-1 yet; still waiting",
		]);
	});

	test("at the usual pace after one trouble, and ever slower after more", async () => {
		const { end, clock } = await waitWith(
			[...Array(7).fill(reset), running, succeeded],
			queued,
		);
		await end;
		const seconds = clock.sleeps.map((ms) => Math.round(ms / 100) / 10);
		expect(seconds).toEqual([1.5, 1.5, 1, 2, 4, 8, 10, 10, 3.8]);
	});

	test("not before the service asks for the next look", async () => {
		const { end, clock } = await waitWith(
			[problem(429, { retryAfterMs: 7_000 }), running, succeeded],
			queued,
		);
		await end;
		expect(clock.sleeps.slice(0, 2)).toEqual([1_500, 7_000]);
		expect(clock.sleeps[2]).toBeLessThan(500);
	});

	test("a whole hour of it ends at the time-out and not earlier", async () => {
		const { end, clock } = await waitWith(Array(200).fill(reset), queued);
		const startMs = clock.now();
		expect(await failureOf(end)).toMatchObject({
			code: "timeout",
			message: `run run-1 can't be asked for after 300 s: ${reset.message}`,
			charged: "yes",
		});
		expect(clock.now() - startMs).toBe(300_000);
	});
});

describe("the time-out", () => {
	test("leaves a run that is paid, and names the command that goes on", async () => {
		const { end, clock } = await waitWith(Array(200).fill(running), queued);
		const startMs = clock.now();
		const failure = await failureOf(end);
		expect({ ...failure, message: failure.message }).toMatchObject({
			code: "timeout",
			message: "run run-1 is still going on after 300 s",
			hint: "it is paid and nothing is lost: flux-ultra resume",
			retryable: true,
			charged: "yes",
		});
		expect(clock.now() - startMs).toBe(300_000);
	});

	test("comes after a last look", async () => {
		const world = await jobWorld({ read: [running, succeeded] });
		const deadlineMs = world.clock.elapsed() + 2_000;
		const context = { ...world.context, deadlineMs };
		const end = wait({ ...world, context }, queued);
		expect(await end).toBe(succeeded);
		expect(world.clock.sleeps).toEqual([1_500, 500]);
	});

	test("is not passed by a service that asks for a long pause", async () => {
		const { end, clock } = await waitWith(
			[problem(429, { retryAfterMs: 3_600_000 }), running],
			queued,
		);
		const startMs = clock.now();
		expect((await failureOf(end)).code).toBe("timeout");
		expect(clock.now() - startMs).toBe(300_000);
	});
});

test("a look that nobody answers does not outlive the deadline", async () => {
	const world = await jobWorld({
		read: [
			async (signal) => {
				await once(signal ?? expect.fail(), "abort");
				throw signal?.reason;
			},
		],
	});
	vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
	onTestFinished(() => void vi.useRealTimers());
	const context = { ...world.context, deadlineMs: world.clock.elapsed() + 1 };
	const end = wait({ ...world, context }, queued);
	const ended = failureOf(end);
	while (world.client.unused > 0) await new Promise(setImmediate);
	await vi.advanceTimersByTimeAsync(2_000);
	expect((await ended).code).toBe("timeout");
});

describe("what no waiting can mend ends it", () => {
	test("a certificate that nobody vouches for", async () => {
		const error = new WireError("not trusted", false, undefined, {
			mayPass: false,
			hint: "NODE_EXTRA_CA_CERTS",
		});
		const { end } = await waitWith([error], queued);
		expect(await failureOf(end)).toMatchObject({
			code: "network",
			retryable: false,
			hint: "NODE_EXTRA_CA_CERTS",
		});
	});

	test.each([
		[401, "auth"],
		[402, "no_credit"],
		[403, "auth"],
	])("HTTP %i of the service", async (status, code) => {
		const { end } = await waitWith([running, problem(status)], queued);
		expect(await failureOf(end)).toMatchObject({ code, httpStatus: status });
	});

	test("a run that the service does not know, once the grace is over", async () => {
		const { end, clock, client } = await waitWith(
			Array(50).fill(problem(404, { code: "RUN_NOT_FOUND" })),
			queued,
		);
		const startMs = clock.now();
		const failure = await failureOf(end);
		expect({ ...failure, message: failure.message }).toMatchObject({
			code: "bad_response",
			message: "the service does not know run run-1",
			hint: expect.stringMatching(
				/^is the key of the account that bought it\? flux-ultra auth status; .*resume --forget run-1$/,
			),
			httpStatus: 404,
			requestId: "req-1",
		});
		expect(clock.now() - startMs).toBeGreaterThan(20_000);
		expect(clock.now() - startMs).toBeLessThan(60_000);
		expect(client.reads.length).toBeGreaterThan(3);
	});

	test("a mistake of our own is not waited out", async () => {
		const { end } = await waitWith([new TypeError("oops")], queued);
		await expect(end).rejects.toThrow("oops");
	});
});

describe("an interrupt ends it", () => {
	test("inside a request", async () => {
		const { end, client, interrupt } = await waitWith([hang], queued);
		const failure = failureOf(end);
		while (client.unused > 0) await new Promise(setImmediate);
		interrupt();
		expect(await failure).toBe(interrupted);
	});

	test("inside each pause", async () => {
		const troubles = [running, reset, reset, reset, reset, succeeded];
		for (let pause = 1; pause <= troubles.length; pause += 1) {
			const world = await jobWorld({ read: troubles });
			let sleeps = 0;
			const clock = world.clock.before(() => {
				sleeps += 1;
				if (sleeps === pause) world.interrupt();
			});
			const context = { ...world.context, clock };
			const end = wait({ ...world, context }, queued);
			expect(await failureOf(end)).toBe(interrupted);
			expect(world.client.reads).toHaveLength(pause - 1);
		}
	});
});
