import { toFailure } from "../errors.ts";
import type { ImageRecord } from "../record.ts";
import type { Run } from "../runflow/schemas.ts";
import { elapsedAt } from "../runtime.ts";
import { buy, findEarlierRun } from "./buy.ts";
import type { JobContext } from "./context.ts";
import { deliver, findPlaced } from "./deliver.ts";
import { judgeEnd } from "./end.ts";
import type { Gate } from "./gate.ts";
import { type Job, runOf, wantedOf } from "./job.ts";
import type { HeldJob } from "./journal.ts";
import { settleFailure, settleSaved, submittedRecords } from "./settle.ts";
import { waitForEnd } from "./wait.ts";

/** How far to take a job: `image` all the way, `submitted` to the purchase, `paid` all the way but never buying. */
export type Goal = "image" | "submitted" | "paid";

/**
 * Takes a job from wherever it is to its goal, and says how each of its images ended. Never throws: each way to
 * fail becomes a record, and the job stays on disk exactly as long as money may be in it.
 * Undefined only for the goal `paid`, where it turned out that nothing was ever bought.
 */
export async function runJob(
	held: HeldJob,
	goal: Goal,
	asked: JobContext,
): Promise<readonly ImageRecord[] | undefined> {
	// Waiting for room at the gate is not part of the time that the user gives a run.
	const askedAtMs = asked.clock.elapsed();
	let startedAtMs = askedAtMs;
	const place = placeIn(asked.gate);
	const records: ImageRecord[] = [];
	let ended: Run | undefined;
	try {
		const placed = await findPlaced(held, asked);
		if (placed) {
			records.push(
				await settleSaved(held, placed, undefined, startedAtMs, asked),
			);
			if (!held.isOpen) return records;
		}
		if (!runOf(held.job)) await place.take(asked.signal);
		startedAtMs = asked.clock.elapsed();
		const context = {
			...asked,
			deadlineMs: asked.deadlineMs + startedAtMs - askedAtMs,
		};
		const bought = await ensureBought(held, goal, context);
		if (bought === undefined) {
			await held.close();
			return undefined;
		}
		if (goal === "submitted") {
			return submittedRecords(held.job, context);
		}
		const run = runOf(held.job);
		if (run === undefined) throw new Error("a bought job has a run");
		ended = await endOf(run, bought.run, held.job, context);
		// The service is done with it: the next run may start while this image comes home.
		place.leave();
		judgeEnd(ended);
		records.push(...(await bringAll(held, ended, startedAtMs, context)));
		return records;
	} catch (error) {
		const failure = toFailure(error);
		const rest = await settleFailure(
			held,
			failure,
			wantedOf(held.job),
			ended,
			asked,
		);
		return [...records, ...rest];
	} finally {
		place.leave();
		// A disk that fails now as well leaves the job as it is, which loses nothing.
		if (held.isOpen) await held.release().catch(() => {});
	}
}

/** Brings the images of a run home, one after the other. What one of them lacks is no reason to leave the others. */
async function bringAll(
	held: HeldJob,
	ended: Run,
	startedAtMs: number,
	context: JobContext,
): Promise<readonly ImageRecord[]> {
	const records: ImageRecord[] = [];
	for (const at of wantedOf(held.job)) {
		try {
			const delivered = await deliver(held, ended, at, context);
			records.push(
				await settleSaved(held, delivered, ended, startedAtMs, context),
			);
		} catch (error) {
			const failure = toFailure(error);
			records.push(
				...(await settleFailure(held, failure, [at], ended, context)),
			);
		}
	}
	return records;
}

/** One run's place in the gate, given back once. */
function placeIn(gate: Gate | undefined) {
	let isInside = false;
	return {
		async take(signal: AbortSignal) {
			await gate?.enter(signal);
			isInside = gate !== undefined;
		},
		leave() {
			if (isInside) gate?.leave();
			isInside = false;
		},
	};
}

async function endOf(
	run: { readonly id: string; readonly submittedAt: string },
	known: Run | undefined,
	{ clientRef }: Job,
	context: JobContext,
): Promise<Run> {
	const submittedAtMs = elapsedAt(context.clock, Date.parse(run.submittedAt));
	if (context.watch && known)
		return context.watch.waitForEnd(run.id, clientRef, submittedAtMs, context);
	return waitForEnd(run.id, submittedAtMs, context, known);
}

/** Undefined where nothing was bought and nothing may be. */
async function ensureBought(
	held: HeldJob,
	goal: Goal,
	context: JobContext,
): Promise<{ readonly run: Run | undefined } | undefined> {
	if (runOf(held.job)) return { run: undefined };
	if (goal !== "paid") return { run: await buy(held, context) };
	const run = await findEarlierRun(held, context);
	return run && { run };
}
