import { type Failure, toFailure } from "../errors.ts";
import { billOf } from "../ledger/bill.ts";
import type { LedgerLine } from "../ledger/ledger.ts";
import { recordsOf } from "../ledger/saved-lines.ts";
import type { ImageRecord } from "../record.ts";
import type { Run } from "../runflow/schemas.ts";
import { elapsedAt } from "../runtime.ts";
import { buy, findEarlierRun } from "./buy.ts";
import { concernsAll } from "./concerns-all.ts";
import type { JobContext } from "./context.ts";
import { deliver, findPlaced } from "./deliver/deliver.ts";
import { judgeEnd } from "./end.ts";
import { type Job, runOf, wantedOf } from "./job.ts";
import { submittedRecords } from "./job-records.ts";
import type { AdaptiveLimiter } from "./limits/adaptive-limiter.ts";
import { settleFailure, settleSaved, type Work } from "./settle.ts";
import type { HeldJob } from "./store/journal.ts";

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
	// Waiting for room is not part of the time that the user gives a run.
	const askedAtMs = asked.clock.elapsed();
	let startedAtMs = askedAtMs;
	const slot = slotIn(asked.runLimiter);
	const records: ImageRecord[] = [];
	// What is known to have been bought before was not bought by this command.
	let boughtHere = runOf(held.job) === undefined;
	let ended: Run | undefined;
	let failure: Failure | undefined;
	try {
		const placed = await findPlaced(held);
		if (placed) {
			records.push(
				await settleSaved(
					held,
					placed,
					{ run: undefined, startedAtMs, boughtHere },
					asked,
				),
			);
			if (!held.isOpen) return records;
		}
		await slot.acquire(asked.signal);
		startedAtMs = asked.clock.elapsed();
		const context = {
			...asked,
			deadlineMs: asked.deadlineMs + startedAtMs - askedAtMs,
		};
		const bought = await ensureBought(held, goal, context);
		if (bought === undefined) {
			// One of several is left for the same command, which knows by it that it was cut short.
			if ((held.job.groupSize ?? 1) > 1) await held.enter({ name: "planned" });
			else await held.close();
			return undefined;
		}
		if ("lines" in bought) {
			await held.close();
			return recordsOf(bought.lines, context.showPath);
		}
		boughtHere = bought.boughtHere;
		if (goal === "submitted")
			return submittedRecords(held.job, boughtHere, context);
		const run = runOf(held.job);
		if (run === undefined) throw new Error("a bought job has a run");
		ended = await endOf(run, bought.run, held.job, context);
		await keepBill(held, ended, context);
		// The service is done with it: the next run may start while this image comes home.
		slot.release();
		judgeEnd(ended);
		const work = { run: ended, startedAtMs, boughtHere };
		records.push(...(await bringAll(held, work, context)));
		return records;
	} catch (error) {
		failure = toFailure(error);
		if (concernsAll(failure)) asked.halt(failure);
		const rest = await settleFailure(
			held,
			failure,
			wantedOf(held.job),
			{ run: ended, boughtHere },
			asked,
		);
		return [...records, ...rest];
	} finally {
		slot.release();
		// A disk that fails now as well leaves the job as it is, which loses nothing.
		await asked.admission
			.release(held, failure?.charged !== "no")
			.catch(() => {});
		if (held.isOpen) await held.release().catch(() => {});
	}
}

/** The bill is known when the run has ended, long before the image is home: whoever watches a limit counts on it from here. */
async function keepBill(
	held: HeldJob,
	ended: Run,
	{ admission }: JobContext,
): Promise<void> {
	const { job } = held;
	const isFree = ended.state !== "succeeded";
	const billMicros = billOf(ended) ?? (isFree ? 0 : undefined);
	admission.settle(job, billMicros);
	if (!isFree && billMicros !== undefined && billMicros !== job.priceMicros)
		await held.amend({ billMicros });
}

/** Brings the images of a run home, one after the other. What one of them lacks is no reason to leave the others. */
async function bringAll(
	held: HeldJob,
	work: Work & { readonly run: Run },
	context: JobContext,
): Promise<readonly ImageRecord[]> {
	const records: ImageRecord[] = [];
	for (const at of wantedOf(held.job)) {
		try {
			const bring = () => deliver(held, work.run, at, context);
			const delivered = await (context.downloads?.run(bring) ?? bring());
			records.push(await settleSaved(held, delivered, work, context));
		} catch (error) {
			const failure = toFailure(error);
			if (concernsAll(failure)) context.halt(failure);
			records.push(
				...(await settleFailure(held, failure, [at], work, context)),
			);
		}
	}
	return records;
}

/** One run's slot in the limiter, given back once. */
function slotIn(limiter: AdaptiveLimiter | undefined) {
	let isHeld = false;
	return {
		async acquire(signal: AbortSignal) {
			await limiter?.acquire(signal);
			isHeld = limiter !== undefined;
		},
		release() {
			if (isHeld) limiter?.release();
			isHeld = false;
		},
	};
}

function endOf(
	{ id, submittedAt }: { readonly id: string; readonly submittedAt: string },
	known: Run | undefined,
	{ clientRef }: Job,
	context: JobContext,
): Promise<Run> {
	const submittedAtMs = elapsedAt(context.clock, Date.parse(submittedAt));
	const run = { id, clientRef, submittedAtMs, known };
	return context.poller.waitForEnd(run, context);
}

/** Undefined where nothing was bought and nothing may be. */
async function ensureBought(
	held: HeldJob,
	goal: Goal,
	context: JobContext,
): Promise<
	| { readonly run: Run | undefined; readonly boughtHere: boolean }
	| { readonly lines: readonly LedgerLine[] }
	| undefined
> {
	if (runOf(held.job)) {
		context.runLimiter?.increase();
		return { run: undefined, boughtHere: false };
	}
	if (goal !== "paid") return buy(held, context);
	const run = await findEarlierRun(held, context);
	return run && { run, boughtHere: false };
}
