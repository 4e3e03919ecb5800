import { Failure, toFailure } from "../errors.ts";
import { recordsOf } from "../ledger/saved-lines.ts";
import type { Acquired, TakenUp } from "../purchase/acquire.ts";
import type { JobContext } from "../purchase/context.ts";
import { runOf, wantedOf } from "../purchase/job.ts";
import {
	abandonedRecords,
	askedOf,
	placeOf,
	submittedRecords,
	unbegunRecord,
} from "../purchase/job-records.ts";
import { join } from "../purchase/join.ts";
import type { Limiter } from "../purchase/limits/limiter.ts";
import { type Goal, runJob } from "../purchase/run-job.ts";
import { errorInfo, type ImageRecord } from "../record.ts";
import { stoppedText } from "../system/holder.ts";
import { jobOf, type QueuedRun } from "./queued-run.ts";
import { isOfSandbox } from "./session/is-of-sandbox.ts";
import { contextFor } from "./session/job-context.ts";
import type { Session } from "./session/session.ts";

export interface SharedLimits
	extends Pick<
		JobContext,
		"poller" | "runLimiter" | "downloads" | "halt" | "isUnattended"
	> {
	readonly preparing: Limiter;
}

export interface RunTask {
	readonly queued: QueuedRun;
	/** Aborts when nothing more is to be bought. */
	readonly stop: AbortSignal;
	readonly shared: SharedLimits;
	/** Takes the records of what a second interrupt leaves where it is. */
	readonly tell: (record: ImageRecord) => void;
	readonly goal: Goal;
}

/** What becomes of images where the second interrupt ends the command at once. */
const left = new Failure("interrupted", "left at the second interrupt");
/** Of five tries each: with every fifth order refused, of ten thousand images none is left out. */
const mostRequeues = 2;

/** Beside many others a run can meet a 429 at each of its tries: in a batch it is queued again. */
export async function processRun(
	work: RunTask,
	session: Session,
): Promise<readonly ImageRecord[] | undefined> {
	const requeues = work.shared.isUnattended ? mostRequeues : 0;
	for (let round = 0; ; round += 1) {
		const records = await workOn(work, session);
		const isCrowdedOut = records?.every(
			(record) =>
				record.status === "failed" &&
				record.charged === "no" &&
				record.error.code === "rate_limited",
		);
		if (!isCrowdedOut || round >= requeues || work.stop.aborted) return records;
	}
}

async function workOn(
	{ queued, stop, shared, tell, goal }: RunTask,
	session: Session,
): Promise<readonly ImageRecord[] | undefined> {
	try {
		const taken = await shared.preparing.run(() => queued.acquire(stop));
		if (taken.state === "done") return taken.records;
		const context: JobContext = {
			...(await contextFor(jobOf(taken), queued.index, session)),
			...shared,
		};
		const wasBought = runOf(jobOf(taken)) !== undefined;
		const forget = session.interrupt.onLeave(() =>
			abandonedRecords(jobOf(taken), wasBought, left, context).forEach(tell),
		);
		try {
			return taken.state === "elsewhere"
				? await joinOtherProcess(taken, goal, session, context)
				: await workOnTaken(taken, goal, context);
		} finally {
			forget();
		}
	} catch (error) {
		const failure = toFailure(error);
		const isSandbox = () => isOfSandbox(queued.job);
		return wantedOf(queued.job).map((at) =>
			unbegunRecord(queued.job, at, failure, { isSandbox }),
		);
	}
}

async function workOnTaken(
	taken: TakenUp,
	goal: Goal,
	context: JobContext,
): Promise<readonly ImageRecord[] | undefined> {
	if (taken.state === "done") return taken.records;
	const ended = await runJob(taken.held, goal, context);
	return ended && [...besides(ended, taken.saved), ...ended];
}

/** Of the images that are saved already, those that were not worked on. */
function besides(
	ended: readonly ImageRecord[],
	saved: readonly ImageRecord[] = [],
): readonly ImageRecord[] {
	const outputs = ended.map(({ output }) => output);
	return saved.filter(({ output }) => !outputs.includes(output));
}

/** Another process is at the image: what it brings is ours as well. */
async function joinOtherProcess(
	{ key, job, pid, takeUp }: Extract<Acquired, { state: "elsewhere" }>,
	goal: Goal,
	session: Session,
	context: JobContext,
): Promise<readonly ImageRecord[] | undefined> {
	let isOurs = false;
	try {
		context.emit({ type: "joined", pid });
		const stopped = stoppedText(pid);
		if (stopped) context.emit({ type: "note", text: stopped });
		const joined = await join(key, job, goal, session.journal, context);
		switch (joined.state) {
			case "ours":
				isOurs = true;
				return await workOnTaken(await takeUp(joined.held), goal, context);
			case "done":
				return await recordsOf(joined.lines, context.showPath);
			case "bought":
				return submittedRecords(joined.job, false, context);
			default:
				return joined satisfies never;
		}
	} catch (error) {
		const failure = toFailure(error);
		return wantedOf(job).map((at) => {
			const told = {
				...askedOf(job, context, at),
				run_id: null,
				// What the other process buys is not bought by this command.
				charged: failure.charged ?? (isOurs ? "unknown" : "no"),
				error: errorInfo(failure),
			};
			return failure.code === "run_failed"
				? { ...told, status: "failed" }
				: {
						...told,
						...placeOf(job, at, context),
						status: "pending",
						submitted_at: null,
					};
		});
	}
}
