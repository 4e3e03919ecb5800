import { Failure } from "../errors.ts";
import {
	problemToFailure,
	ServiceProblem,
	wireErrorToFailure,
} from "../runflow/problem.ts";
import { retryDelayMs } from "../runflow/retry.ts";
import type { Run } from "../runflow/schemas.ts";
import { service } from "../runflow/service.ts";
import { WireError } from "../runflow/wire-error.ts";
import type { JobContext } from "./context.ts";
import { sendFiles, takeBackFiles } from "./input-files.ts";
import type { Job, Stage } from "./job.ts";
import type { HeldJob } from "./journal.ts";
import { lookUp } from "./look-up.ts";

/**
 * Buys the run of a job, once: the reference and the bytes are those on disk, on each try.
 * On return the job is at `bought`. A failure with `charged: "no"` says that nothing was bought;
 * after any other the job is still at `sending`, for a later command to find out.
 *
 * @throws {Failure} `unknown_charge` where nobody can tell whether the service took the order
 */
export async function buy(held: HeldJob, context: JobContext): Promise<Run> {
	if (held.job.stage.name === "sending") {
		const found = await findEarlierRun(held, context);
		if (found) return found;
	}
	await sendFiles(held, context);
	let isSecondUpload = false;
	for (let attempt = 1; ; attempt += 1) {
		context.signal.throwIfAborted();
		context.emit({ type: "sending" });
		const sentAtMs = context.clock.now();
		await held.enter({ name: "sending", sentAt: isoTime(sentAtMs) });
		const outcome = await send(held, context);
		if (outcome.kind === "bought")
			return enterBought(held, outcome.run, context);
		if (outcome.kind === "refused") {
			const isWorthIt =
				!isSecondUpload &&
				(await takeBackFiles(held, outcome.failure, context));
			if (!isWorthIt) throw outcome.failure;
			isSecondUpload = true;
			await sendFiles(held, context);
			continue;
		}
		if (outcome.kind === "unknown") {
			context.emit({
				type: "note",
				text: `${outcome.failure.message}; asking whether the run was made`,
			});
			const endedAtMs = context.clock.now();
			const found = await lookUp(held.job, endedAtMs, context);
			if (found.answer === "found")
				return enterBought(held, found.run, context);
			if (found.answer === "unclear")
				throw unknownCharge(found.reason, context, outcome.failure);
		}
		if (outcome.failure.code === "rate_limited") context.gate?.slowDown();
		// From here on it is certain that this try bought nothing.
		await held.enter({ name: "planned" });
		const delayMs = retryDelayMs(
			attempt,
			context.random(),
			outcome.retryAfterMs,
		);
		const isLast =
			attempt >= service.retry.attempts ||
			context.clock.now() + delayMs > context.deadlineMs;
		if (!isLast) {
			context.emit({
				type: "note",
				text: `${outcome.failure.message}; trying again in ${Math.ceil(delayMs / 1000)} s`,
			});
			await context.clock.sleep(delayMs, context.signal);
		}
		if (outcome.failure.httpStatus === 503) {
			const run = await glance(held.job, context);
			if (run) return enterBought(held, run, context);
		}
		if (isLast) throw withoutCharge(outcome.failure);
	}
}

/**
 * A 503 says that nothing was done, and is believed; but one that comes from behind the place where orders are taken
 * may say so of an order that was. One look costs little, and a second purchase does not.
 */
async function glance(
	job: Job,
	{ client, signal }: JobContext,
): Promise<Run | undefined> {
	try {
		const { runs } = await client.findRuns(job, signal);
		return runs[0];
	} catch {
		signal.throwIfAborted();
		return undefined;
	}
}

/** The run that an earlier process may have bought for this job; undefined where it surely did not. Buys nothing. */
export async function findEarlierRun(
	held: HeldJob,
	context: JobContext,
): Promise<Run | undefined> {
	const { stage } = held.job;
	if (stage.name !== "sending") return undefined;
	const endedAtMs = await noteEnd(held, stage, context.clock.now());
	const found = await lookUp(held.job, endedAtMs, context);
	if (found.answer === "found") return enterBought(held, found.run, context);
	if (found.answer === "unclear") throw unknownCharge(found.reason, context);
	return undefined;
}

/**
 * When the request of a process that is gone had ended for sure. That it is gone is noted once, so that
 * the grace goes on where this process is killed as well.
 */
async function noteEnd(
	held: HeldJob,
	stage: Extract<Stage, { name: "sending" }>,
	nowMs: number,
): Promise<number> {
	const { connectMs, headersMs, bodyMs } = service.timeouts;
	const latestMs = Date.parse(stage.sentAt) + connectMs + headersMs + bodyMs;
	if (latestMs < nowMs) return latestMs;
	if (stage.overAt !== undefined)
		return Math.min(Date.parse(stage.overAt), nowMs);
	await held.enter({ ...stage, overAt: isoTime(nowMs) });
	return nowMs;
}

type Outcome = {
	readonly failure: Failure;
	readonly retryAfterMs?: number | undefined;
} & (
	| { readonly kind: "refused" }
	/** It surely did not arrive, or was turned away unread. */
	| { readonly kind: "not-taken" }
	| { readonly kind: "unknown" }
);

async function send(
	{ job }: HeldJob,
	{ client, signal }: JobContext,
): Promise<Outcome | { readonly kind: "bought"; readonly run: Run }> {
	const order = { model: job.model, body: job.body, idempotencyKey: job.ref };
	try {
		return { kind: "bought", run: await client.createRun(order, signal) };
	} catch (error) {
		if (error instanceof WireError)
			return {
				kind: error.mayHaveArrived ? "unknown" : "not-taken",
				failure: wireErrorToFailure(error),
			};
		if (error instanceof ServiceProblem) return judge(error);
		throw error;
	}
}

function judge(problem: ServiceProblem): Outcome {
	const failure = problemToFailure(problem);
	const { status, fromService, retryAfterMs } = problem;
	if (status === 429 || (status === 503 && fromService))
		return { kind: "not-taken", failure, retryAfterMs };
	// 409: an earlier try of ours is known to the service. 408: cut off while it was being read.
	const isUnknown =
		status < 300 || status >= 500 || status === 409 || status === 408;
	if (isUnknown) return { kind: "unknown", failure, retryAfterMs };
	return { kind: "refused", failure: withoutCharge(failure) };
}

async function enterBought(
	held: HeldJob,
	run: Run,
	{ clock, emit, gate }: JobContext,
): Promise<Run> {
	await held.enter({
		name: "bought",
		runId: run.id,
		submittedAt: isoTime(clock.now()),
	});
	gate?.speedUp();
	emit({ type: "submitted", runId: run.id });
	return run;
}

function unknownCharge(
	reason: string,
	{ resumeCommand }: JobContext,
	cause?: Failure,
): Failure {
	const before = cause ? `${cause.message}, and ` : "";
	return new Failure(
		"unknown_charge",
		`${before}it cannot be told whether the run was bought: ${reason}`,
		{
			hint: `nothing is lost and nothing will be bought again: ${resumeCommand}`,
			retryable: true,
			charged: "unknown",
			httpStatus: cause?.httpStatus,
			requestId: cause?.requestId,
			cause,
		},
	);
}

function withoutCharge(failure: Failure): Failure {
	return new Failure(failure.code, failure.message, {
		hint: failure.hint,
		retryable: failure.retryable,
		httpStatus: failure.httpStatus,
		requestId: failure.requestId,
		charged: "no",
		cause: failure.cause,
	});
}

function isoTime(ms: number): string {
	return new Date(ms).toISOString();
}
