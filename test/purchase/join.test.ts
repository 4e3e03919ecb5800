import { expect, test } from "vitest";
import { join } from "../../src/purchase/join.ts";
import type { Goal } from "../../src/purchase/run-job.ts";
import type { HeldJob } from "../../src/purchase/store/journal.ts";
import {
	bought,
	failureOf,
	interrupted,
	type JobWorld,
	jobWorld,
} from "./job-world.ts";
import { ledgerLine } from "./sample-line.ts";

interface Beside extends JobWorld {
	/** The job as the other process has it. */
	readonly other: HeldJob;
	readonly joined: ReturnType<typeof join>;
}

/** Waits beside another process, which does something at its third look. */
async function joinWith(
	act: (beside: Omit<Beside, "joined">) => Promise<unknown> | unknown,
	goal: Goal = "image",
): Promise<Beside> {
	const world = await jobWorld();
	const other = await world.hold();
	let looks = 0;
	const clock = world.clock.before(async () => {
		looks += 1;
		if (looks === 3) await act({ ...world, other });
	});
	const context = { ...world.context, clock };
	const joined = join("job", other.job, goal, world.journal, context);
	return { ...world, other, joined };
}

test("the image that the other process brings is ours as well", async () => {
	const line = ledgerLine({ key: "job" });
	const { joined, clock } = await joinWith(async ({ ledger, other }) => {
		await ledger.append(line);
		await other.close();
	});
	expect(await joined).toEqual({ state: "done", lines: [line] });
	expect(clock.sleeps).toEqual([250, 250, 250]);
});

test("the image is ours as well where its order was sent again under another reference", async () => {
	const ref = { ref: "ref-2", clientRef: "ref-2" };
	const line = ledgerLine({ key: "job" }, { client_ref: ref.ref });
	const { joined } = await joinWith(async ({ ledger, other }) => {
		await other.enter({ name: "planned" }, ref);
		await ledger.append(line);
		await other.close();
	});
	expect(await joined).toEqual({ state: "done", lines: [line] });
});

test("what failed under the first reference is not told of an image that came under another", async () => {
	const line = ledgerLine({ key: "job" }, { client_ref: "ref-2" });
	const failed = { ...line.record, client_ref: "ref-1", status: "failed" };
	const { joined } = await joinWith(async ({ ledger, other }) => {
		await ledger.append({ ...line, record: failed } as typeof line);
		await ledger.append(line);
		await other.close();
	});
	expect(await joined).toEqual({ state: "done", lines: [line] });
});

test("an image that was saved before the other process began is not what it brought", async () => {
	const finishedAt = "2026-11-03T11:59:59.000Z";
	const { joined } = await joinWith(async ({ ledger, other }) => {
		await ledger.append(ledgerLine({ key: "job", finishedAt }));
		await other.close();
	});
	expect((await failureOf(joined)).code).toBe("run_failed");
});

test("a job that the other process lets go of is ours, at the step where it is", async () => {
	const { joined } = await joinWith(async ({ other }) => {
		await other.enter(bought);
		await other.release();
	});
	const found = await joined;
	if (found.state !== "ours") expect.fail(found.state);
	expect(found.held.job.stage).toEqual(bought);
});

test("where only the purchase is asked for, it is enough that the other process made it", async () => {
	const { joined, clock } = await joinWith(
		({ other }) => other.enter(bought),
		"submitted",
	);
	expect(await joined).toMatchObject({
		state: "bought",
		job: { stage: bought },
	});
	expect(clock.sleeps).toEqual([250, 250, 250]);
});

test("a job that the other process gave up was not bought", async () => {
	const { joined } = await joinWith(({ other }) => other.close());
	const failure = await failureOf(joined);
	expect({ ...failure, message: failure.message }).toMatchObject({
		code: "run_failed",
		message: "the process that was at the same image ended without buying it",
		hint: "run the same command again",
		retryable: true,
		charged: "no",
	});
});

test("another process that takes too long is left to its work", async () => {
	const { joined, clock } = await joinWith(() => {});
	const startMs = clock.now();
	const failure = await failureOf(joined);
	expect({ ...failure, message: failure.message }).toMatchObject({
		code: "timeout",
		message: "another process is still at the same image",
		hint: "what it does goes on; to look again: flux-ultra resume",
		charged: "no",
	});
	expect(clock.now() - startMs).toBe(300_000);
});

test("an interrupt ends the wait, not the other process", async () => {
	const { joined, other, jobOnDisk } = await joinWith(({ interrupt }) =>
		interrupt(),
	);
	expect(await failureOf(joined)).toBe(interrupted);
	expect(await jobOnDisk()).toEqual(other.job);
});
