import { setMaxListeners } from "node:events";
import { expect, onTestFinished, test, vi } from "vitest";
import type { JobEvent } from "../../src/events.ts";
import type { PollContext } from "../../src/purchase/context.ts";
import { createPoller } from "../../src/purchase/poll/poller.ts";
import { createCaller } from "../../src/runflow/caller.ts";
import { createClient } from "../../src/runflow/client.ts";
import type { Run } from "../../src/runflow/schemas.ts";
import { createTransport } from "../../src/runflow/transport.ts";
import { type Clock, systemClock } from "../../src/runtime.ts";
import type { RequestEntry } from "../../src/sandbox/options.ts";
import { forEachAtOnce } from "../../src/system/at-once.ts";
import { openReceiver } from "../callbacks/open-receiver.ts";
import { patientClock } from "../cli/real-time.ts";
import { newModel } from "../purchase/job-world.ts";
import { start } from "../sandbox/start.ts";

/*
 * The client, the receiver and the poller against the sandbox and its callbackSender: all that a batch waits with, on real sockets.
 */

async function world(faults: readonly string[], clock: Clock) {
	const requests: RequestEntry[] = [];
	const sandbox = await start({
		latencyMs: { min: 5, max: 40 },
		callbackRetryMs: [1, 1],
		faults,
		onRequest: (entry) => requests.push(entry),
	});
	const transport = await createTransport({ userAgent: "test", env: {} });
	onTestFinished(() => transport.close());
	const caller = createCaller({
		apiUrl: sandbox.apiUrl,
		key: sandbox.apiKey,
		transport,
		now: Date.now,
	});
	const client = createClient(caller);
	const secret = await client.createCallbackSecret("test");
	const { receiver, notes } = await openReceiver({ secret });
	const events: JobEvent[] = [];
	const { signal } = new AbortController();
	setMaxListeners(0, signal);
	const poller = createPoller(receiver);
	const context = {
		client,
		clock,
		random: Math.random,
		signal,
		deadlineMs: clock.elapsed() + 86_400_000,
		runTimes: newModel,
		emit: (event: JobEvent) => events.push(event),
	} as unknown as PollContext;
	return {
		receiver,
		notes,
		events,
		/** Questions of how runs are: listings, and runs read by themselves. */
		asked: () => ({
			listings: requests.filter(({ path }) => path.startsWith("/v1/runs?"))
				.length,
			reads: requests.filter(({ path }) => path.startsWith("/v1/runs/")).length,
		}),
		async buy(number: number): Promise<Run> {
			const body = JSON.stringify({
				input: { prompt: `a garden ${number}`, seed: number },
				client_ref: "group",
				callback_url: receiver.url,
			});
			const model = "black-forest-labs/flux-1-1-pro-ultra";
			const idempotencyKey = `key-${number}`;
			const known = await client.createRun({ model, body, idempotencyKey });
			const { id } = known;
			const submittedAtMs = clock.elapsed();
			const run = { id, clientRef: "group", submittedAtMs, known };
			return poller.waitForEnd(run, context);
		},
	};
}

async function* numbers(count: number) {
	for (let number = 0; number < count; number += 1) yield number;
}

test("each of 60 runs is read once, when its callback comes, and none is looked for", async () => {
	const { buy, asked, notes, events } = await world([], patientClock());
	const ended: Run[] = [];
	await forEachAtOnce(numbers(60), 20, async (number) => {
		ended.push(await buy(number));
	});
	expect(new Set(ended.map(({ id }) => id)).size).toBe(60);
	for (const run of ended)
		expect(run).toMatchObject({
			state: "succeeded",
			outputs: [{ url: expect.stringContaining("X-Amz-Signature=") }],
		});
	expect(asked()).toEqual({ listings: 0, reads: 60 });
	expect([notes, events.filter(({ type }) => type === "note")]).toEqual([
		[],
		[],
	]);
});

test.each(["forged", "bare", "garbage", "lost"])(
	"callback:%s changes nothing: a look finds the true end",
	async (fault) => {
		const { buy, asked, notes } = await world(
			[`callback:${fault}@2`],
			quickClock(),
		);
		const runs = await Promise.all([1, 2, 3].map(buy));
		expect(runs.map(({ state }) => state)).toEqual(Array(3).fill("succeeded"));
		expect(asked().listings + asked().reads).toBeGreaterThan(0);
		// A look can be sooner than the callback.
		const refused = fault === "lost" ? 0 : 1;
		await vi.waitFor(() => expect(notes).toHaveLength(refused), 60_000);
	},
);

test("a run that was moderated is told from one that failed, by one question", async () => {
	const { buy, asked } = await world(["run:moderated@1"], patientClock());
	expect(await buy(1)).toMatchObject({
		state: "failed",
		failure: { code: "CONTENT_MODERATED" },
	});
	expect(asked()).toEqual({ listings: 0, reads: 1 });
});

/** A second of it is ten milliseconds. */
function quickClock(): Clock {
	const zero = Date.now();
	return {
		now: () => zero + (performance.now() - begun) * 100,
		elapsed: () => zero + (performance.now() - begun) * 100,
		sleep: (ms, signal) => systemClock.sleep(ms / 100, signal),
	};
}

const begun = performance.now();
