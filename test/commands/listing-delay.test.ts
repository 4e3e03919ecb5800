import { expect, it } from "vitest";
import { measureListingDelay } from "../../src/commands/doctor/watch-orders.ts";
import type { RunflowClient } from "../../src/runflow/client.ts";
import type { Lookup } from "../../src/runflow/listing.ts";
import { FakeClock } from "../fake-clock.ts";
import { FakeClient, makeRun } from "../purchase/fake-client.ts";

const run = makeRun({ id: "run-1" });
const order = { model: "m", body: "{}", idempotencyKey: "ref-1" };
const absent: Lookup = { runs: [], complete: true };
const present: Lookup = {
	runs: [makeRun({ id: "other" }), run],
	complete: true,
};

async function measure(find: readonly Lookup[]) {
	const clock = new FakeClock();
	const client = new FakeClient({ find });
	const answered = { order, run, atMs: clock.elapsed() };
	const { signal } = new AbortController();
	const whole = client as Partial<RunflowClient> as RunflowClient;
	return {
		delay: await measureListingDelay(answered, whole, clock, signal),
		searches: client.searches,
	};
}

it("is the time of the look at which the run was listed, asked for by its reference", async () => {
	const { delay, searches } = await measure([absent, absent, absent, present]);
	expect(delay).toBe(1_000);
	expect(searches).toEqual(Array(4).fill({ ref: "ref-1", clientRef: "ref-1" }));
});

it("is null where a minute did not show it", async () => {
	const { delay, searches } = await measure(Array(10).fill(absent));
	expect([delay, searches.length]).toEqual([null, 10]);
});
