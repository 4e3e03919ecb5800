import { Failure, toFailure } from "../errors.ts";
import type { JobContext } from "../jobs/context.ts";
import { createGate } from "../jobs/gate.ts";
import type { Job } from "../jobs/job.ts";
import { join } from "../jobs/join.ts";
import {
	askedOf,
	type Goal,
	runJob,
	submittedRecord,
} from "../jobs/run-job.ts";
import { skippedRecord, type TakenUp } from "../jobs/take-up.ts";
import { errorInfo, type ImageRecord } from "../record.ts";
import { contextFor, type Session } from "./session.ts";

/**
 * Takes jobs to their goal, some at once, and reports each as it ends.
 * @returns a record for each job, in their order; for the goal `paid` undefined where nothing was ever bought
 */
export async function workOn(
	jobs: readonly TakenUp[],
	goal: Goal,
	session: Session,
): Promise<readonly (ImageRecord | undefined)[]> {
	const gate = createGate(
		session.settings.parallel.value,
		session.runtime.clock,
	);
	return Promise.all(
		jobs.map(async (one, at) => {
			const index = at + 1;
			const context = {
				...(await contextFor(jobOf(one), index, session)),
				gate,
			};
			const found = await workOnOne(one, goal, session, context);
			if (found === undefined) return undefined;
			const record = { ...found, index };
			// A refused key or an empty account is the same for every image that is still to be bought.
			const refusal = refusalFor(record);
			if (refusal) gate.shut(refusal);
			session.reporter.record(record);
			return record;
		}),
	);
}

/** Takes one job to its goal, whoever is at it now. */
export async function workOnOne(
	one: TakenUp,
	goal: Goal,
	session: Session,
	context: JobContext,
): Promise<ImageRecord | undefined> {
	switch (one.state) {
		case "new":
		case "continued":
			return runJob(one.held, goal, context);
		case "done":
			return (
				(await skippedRecord(one.line, context.showPath)) ?? one.line.record
			);
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
): Promise<ImageRecord | undefined> {
	try {
		context.emit({ type: "joined", pid });
		const joined = await join(key, job, goal, session.journal, context);
		switch (joined.state) {
			case "ours":
				return await runJob(joined.held, goal, context);
			case "done":
				return (
					(await skippedRecord(joined.line, context.showPath)) ??
					joined.line.record
				);
			case "bought":
				return submittedRecord(joined.job, context);
			default:
				return joined satisfies never;
		}
	} catch (error) {
		const failure = toFailure(error);
		const told = {
			...askedOf(job, context),
			run_id: null,
			charged: failure.charged ?? "unknown",
			error: errorInfo(failure),
		};
		return failure.code === "run_failed"
			? { ...told, status: "failed" }
			: { ...told, status: "pending", submitted_at: null };
	}
}

function jobOf(one: TakenUp): Job {
	return "held" in one ? one.held.job : one.job;
}

/** Why nothing more should be bought after this image: what stopped it would stop all others. */
export function refusalFor(record: ImageRecord): Failure | undefined {
	if (record.status !== "failed") return undefined;
	const { code, message, hint, http_status } = record.error;
	const isGeneral =
		code === "auth" ||
		code === "no_credit" ||
		code === "over_budget" ||
		code === "disk" ||
		(record.charged === "no" &&
			// The model itself is unknown, or stays down through all tries.
			((code === "bad_response" && http_status === 404) ||
				code === "unavailable"));
	if (!isGeneral) return undefined;
	return new Failure(code, message, { hint: hint ?? undefined });
}
