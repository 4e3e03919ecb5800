import { Failure, toFailure } from "../errors.ts";
import { recordsOf } from "../ledger/saved-lines.ts";
import type { JobContext } from "../purchase/context.ts";
import { type Job, runOf, wantedOf } from "../purchase/job.ts";
import {
	abandonedRecords,
	askedOf,
	submittedRecords,
} from "../purchase/job-records.ts";
import { join } from "../purchase/join.ts";
import { createAdaptiveLimiter } from "../purchase/limits/adaptive-limiter.ts";
import { createLimiter } from "../purchase/limits/limiter.ts";
import { type Goal, runJob } from "../purchase/run-job.ts";
import type { TakenUp } from "../purchase/take-up.ts";
import { errorInfo, type ImageRecord } from "../record.ts";
import { contextFor, type Session } from "./session/session.ts";

/** What becomes of images where the second interrupt ends the command at once. */
export const left = new Failure("interrupted", "left at the second interrupt");

/** More pictures on their way at once only take bandwidth from one another. */
export const mostDownloads = 12;

/**
 * Takes jobs to their goal, some at once, and reports each as it ends.
 * @param shared what the jobs have in common beyond the limiters
 * @returns the records of each job, in their order; for the goal `paid` undefined where nothing was ever bought
 */
export async function workOn(
	jobs: readonly TakenUp[],
	goal: Goal,
	session: Session,
	shared: Pick<JobContext, "poller"> = {},
): Promise<readonly (readonly ImageRecord[] | undefined)[]> {
	const firsts = firstIndexes(jobs);
	const runLimiter = createAdaptiveLimiter(
		session.settings.parallel.value,
		session.runtime.clock,
	);
	const downloads = createLimiter(
		Math.min(session.settings.parallel.value, mostDownloads),
	);
	const admission = await session.admission();
	const halt = (reason: Failure) => {
		admission.stop(reason);
		runLimiter.close(reason);
	};
	return Promise.all(
		jobs.map(async (one, at) => {
			const first = firsts[at] ?? 1;
			const context: JobContext = {
				...(await contextFor(jobOf(one), first, session)),
				...shared,
				runLimiter,
				downloads,
				halt,
			};
			const report = (ended: ImageRecord, nth: number) => {
				const record = { ...ended, index: first + nth };
				session.reporter.record(record);
				return record;
			};
			const wasBought = runOf(jobOf(one)) !== undefined;
			const forget = session.onLeave(() => {
				abandonedRecords(jobOf(one), wasBought, left, context).map(report);
			});
			try {
				const found = await workOnOne(one, goal, session, context);
				return found?.map(report);
			} finally {
				forget();
			}
		}),
	);
}

/** How many images some jobs come to, those included that are home already. */
export function countImages(jobs: readonly TakenUp[]): number {
	return jobs.reduce((sum, one) => sum + imagesIn(one), 0);
}

function imagesIn(one: TakenUp): number {
	if (one.state === "done") return one.lines.length;
	const home = "lines" in one ? (one.lines?.length ?? 0) : 0;
	return home + wantedOf(jobOf(one)).length;
}

function firstIndexes(jobs: readonly TakenUp[]): readonly number[] {
	let next = 1;
	return jobs.map((one) => {
		const first = next;
		next += imagesIn(one);
		return first;
	});
}

/** Takes one job to its goal, whoever is at it now. */
export async function workOnOne(
	one: TakenUp,
	goal: Goal,
	session: Session,
	context: JobContext,
): Promise<readonly ImageRecord[] | undefined> {
	switch (one.state) {
		case "new":
		case "continued": {
			const home = await recordsOf(one.lines ?? [], context.showPath);
			const ended = await runJob(one.held, goal, context);
			return ended && [...home, ...ended];
		}
		case "done":
			return recordsOf(one.lines, context.showPath);
		case "elsewhere":
			return workBeside(one.key, one.job, one.pid, goal, session, context);
		default:
			return one satisfies never;
	}
}

/** Another process is at the image: what it brings is ours as well. */
async function workBeside(
	key: string,
	job: Job,
	pid: number,
	goal: Goal,
	session: Session,
	context: JobContext,
): Promise<readonly ImageRecord[] | undefined> {
	try {
		context.emit({ type: "joined", pid });
		const joined = await join(key, job, goal, session.journal, context);
		switch (joined.state) {
			case "ours":
				return await runJob(joined.held, goal, context);
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
				charged: failure.charged ?? "unknown",
				error: errorInfo(failure),
			};
			return failure.code === "run_failed"
				? { ...told, status: "failed" }
				: { ...told, status: "pending", submitted_at: null };
		});
	}
}

function jobOf(one: TakenUp): Job {
	return "held" in one ? one.held.job : one.job;
}
