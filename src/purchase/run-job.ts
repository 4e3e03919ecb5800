import { type Failure, toFailure } from "../errors.ts";
import { billOf } from "../ledger/bill.ts";
import { recordsOf } from "../ledger/saved-lines.ts";
import type { ImageRecord } from "../record.ts";
import type { Run } from "../runflow/schemas.ts";
import { elapsedAt } from "../runtime.ts";
import { type Bought, buy, findEarlierRun, type Purchase } from "./buy.ts";
import type { JobContext } from "./context.ts";
import { deliver } from "./deliver/deliver.ts";
import { findPlaced } from "./deliver/place.ts";
import { type BoughtRun, type Job, runOf, wantedOf } from "./job.ts";
import { submittedRecords } from "./job-records.ts";
import { judgeEnd, stopsBatch } from "./outcome.ts";
import { settleFailure, settleSaved, type Work } from "./settle.ts";
import type { HeldJob } from "./store/journal.ts";

/** How far to take a job: `image` all the way, `submitted` to the purchase, `paid` all the way but never buying. */
export type Goal = "image" | "submitted" | "paid";

/**
 * Takes a job from wherever it is to its goal, and says how each of its images ended. Never throws: each way to
 * fail becomes a record, and the job stays on disk exactly as long as money may be in it.
 * Undefined only for the goal `paid`, where it turned out that nothing was ever bought.
 */
export function runJob(
	held: HeldJob,
	goal: Goal,
	context: JobContext,
): Promise<readonly ImageRecord[] | undefined> {
	return new JobWork(held, goal, context).run();
}

/** The work on one job, and what is known of it at each moment. */
class JobWork {
	readonly #held: HeldJob;
	readonly #goal: Goal;
	readonly #context: JobContext;
	readonly #records: ImageRecord[] = [];
	#startedAtMs: number;
	#boughtHere: boolean;
	/** As an earlier process left the job. */
	readonly #foundStage: Job["stage"];
	#ended: Run | undefined;
	#hasSlot = false;

	constructor(held: HeldJob, goal: Goal, context: JobContext) {
		this.#held = held;
		this.#goal = goal;
		this.#context = context;
		this.#startedAtMs = context.clock.elapsed();
		// What is known to have been bought before was not bought by this command.
		this.#boughtHere = runOf(held.job) === undefined;
		this.#foundStage = held.job.stage;
	}

	async run(): Promise<readonly ImageRecord[] | undefined> {
		const held = this.#held;
		const context = this.#context;
		let failure: Failure | undefined;
		try {
			return await this.#toGoal();
		} catch (error) {
			failure = toFailure(error);
			if (stopsBatch(failure)) context.halt(failure);
			// Ordered by an earlier process, found, and not noted: nothing has left since.
			const isFound = failure.runId && held.job.stage === this.#foundStage;
			const boughtHere = this.#boughtHere && !isFound;
			const work = { run: this.#ended, boughtHere };
			const images = wantedOf(held.job);
			const rest = await settleFailure(held, failure, images, work, context);
			return [...this.#records, ...rest];
		} finally {
			this.#releaseSlot();
			// A disk that fails now as well leaves the job as it is, which loses nothing.
			await context.admission
				.release(held, failure?.charged !== "no")
				.catch(() => {});
			if (held.isOpen) await held.release().catch(() => {});
		}
	}

	async #toGoal(): Promise<readonly ImageRecord[] | undefined> {
		const held = this.#held;
		const placed = await findPlaced(held);
		if (placed) {
			const work = this.#workOn(undefined);
			this.#records.push(await settleSaved(held, placed, work, this.#context));
			if (!held.isOpen) return this.#records;
		}
		const context = await this.#acquireSlot();
		const bought = await ensureBought(held, this.#goal, context);
		if (bought === undefined) {
			await leaveUnbought(held);
			return undefined;
		}
		if ("lines" in bought) {
			await held.close();
			return recordsOf(bought.lines, context.showPath);
		}
		this.#boughtHere = bought.boughtHere;
		if (this.#goal === "submitted")
			return submittedRecords(held.job, bought.boughtHere, context);
		const ended = await endOf(bought, bought.known, held.job, context);
		this.#ended = ended;
		await keepBill(held, ended, context);
		// The service is done with it: the next run may start while this image is downloaded.
		this.#releaseSlot();
		judgeEnd(ended);
		const brought = await bringAll(held, this.#workOn(ended), context);
		this.#records.push(...brought);
		return this.#records;
	}

	#workOn<Ended extends Run | undefined>(run: Ended) {
		return {
			run,
			startedAtMs: this.#startedAtMs,
			boughtHere: this.#boughtHere,
		};
	}

	/** @returns the context by whose deadline the run is waited for: waiting for room is not part of the time that the user gives it */
	async #acquireSlot(): Promise<JobContext> {
		const { runLimiter, signal, clock, deadlineMs } = this.#context;
		if (this.#held.job.stage.name === "planned")
			await runLimiter?.acquire(signal);
		else runLimiter?.join();
		this.#hasSlot = runLimiter !== undefined;
		const askedAtMs = this.#startedAtMs;
		this.#startedAtMs = clock.elapsed();
		return {
			...this.#context,
			deadlineMs: deadlineMs + this.#startedAtMs - askedAtMs,
		};
	}

	/** Gives it back once. */
	#releaseSlot(): void {
		if (this.#hasSlot) this.#context.runLimiter?.release();
		this.#hasSlot = false;
	}
}

/** One of several is left for the same command, which knows by it that it was cut short. */
async function leaveUnbought(held: HeldJob): Promise<void> {
	if ((held.job.groupSize ?? 1) > 1) await held.enter({ name: "planned" });
	else await held.close();
}

/** The bill is known when the run has ended, long before the image is saved: whoever watches a limit counts on it from here. */
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

/** The run is over: its image is asked for, or waits for others to be saved. */
const nothingYet = {
	type: "downloading",
	receivedBytes: 0,
	totalBytes: undefined,
} as const;

/** Saves the images of a run, one after the other. What one of them lacks is no reason to leave the others. */
async function bringAll(
	held: HeldJob,
	work: Work & { readonly run: Run },
	context: JobContext,
): Promise<readonly ImageRecord[]> {
	const records: ImageRecord[] = [];
	for (const at of wantedOf(held.job)) {
		try {
			const bring = () => deliver(held, work.run, at, context);
			context.emit(nothingYet);
			const delivered = await (context.downloads?.run(bring) ?? bring());
			records.push(await settleSaved(held, delivered, work, context));
		} catch (error) {
			const failure = toFailure(error);
			if (stopsBatch(failure)) context.halt(failure);
			records.push(
				...(await settleFailure(held, failure, [at], work, context)),
			);
		}
	}
	return records;
}

function endOf(
	{ id, submittedAt }: BoughtRun,
	known: Run | undefined,
	{ clientRef, account }: Job,
	context: JobContext,
): Promise<Run> {
	const submittedAtMs = elapsedAt(context.clock, Date.parse(submittedAt));
	const byOtherKey = account !== undefined && account !== context.account;
	const run = { id, clientRef, submittedAtMs, byOtherKey, known };
	return context.poller.waitForEnd(run, context);
}

/** Undefined where nothing was bought and nothing may be. */
async function ensureBought(
	held: HeldJob,
	goal: Goal,
	context: JobContext,
): Promise<
	| Exclude<Bought, Purchase>
	| (BoughtRun & { readonly known?: Run; readonly boughtHere: boolean })
	| undefined
> {
	const before = runOf(held.job);
	if (before) {
		context.runLimiter?.increase();
		return { ...before, boughtHere: false };
	}
	if (goal !== "paid") return buy(held, context);
	const earlier = await findEarlierRun(held, context);
	return earlier && { ...earlier, boughtHere: false };
}
