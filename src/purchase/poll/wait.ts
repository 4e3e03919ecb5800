import { Failure } from "../../errors.ts";
import {
	problemToFailure,
	ServiceProblem,
	wireErrorToFailure,
} from "../../runflow/problem.ts";
import { retryDelayMs } from "../../runflow/retry.ts";
import type { Run } from "../../runflow/schemas.ts";
import { service } from "../../runflow/service.ts";
import { startLimit } from "../../runflow/time-limit.ts";
import { WireError } from "../../runflow/wire-error.ts";
import type { JobContext } from "../context.ts";
import { nextPollMs } from "./run-poll-schedule.ts";

/**
 * Looks at a run until it has ended. Whatever comes instead of a run (resets, HTML, garbage, 5xx,
 * 429, statuses that nobody knows) is waited out: the run goes on without us.
 *
 * @param submittedAtMs when the run was made, by `Clock.elapsed`
 * @param first what is known of the run already; spares the first look
 * @throws {Failure} `timeout` at the deadline, `auth` where the key is refused, `bad_response` where the run is not known
 */
export async function waitForEnd(
	runId: string,
	submittedAtMs: number,
	context: JobContext,
	first?: Run,
): Promise<Run> {
	const { clock, signal, deadlineMs } = context;
	let run = first;
	let askedMs = 0;
	for (let troubles = 0; ; ) {
		if (run) {
			if (hasEnded(run)) return run;
			troubles = 0;
			askedMs = 0;
			tell(run, clock.elapsed() - submittedAtMs, context);
		}
		const now = clock.elapsed();
		if (now >= deadlineMs) throw stillRunning(runId, context, submittedAtMs);
		const isFirstLook =
			first === undefined && run === undefined && troubles === 0;
		const elapsedMs = Math.max(now - submittedAtMs, 0);
		const paceMs = isFirstLook
			? 0
			: nextPollMs(context.likelyEndMs, elapsedMs) - elapsedMs;
		const delayMs = Math.max(
			paceMs,
			askedMs,
			troubleDelayMs(troubles, context),
		);
		await clock.sleep(Math.min(delayMs, deadlineMs - now), signal);
		const limit = startLimit(
			signal,
			Math.max(deadlineMs - clock.elapsed(), 0) + service.overdueMs,
			() => stillRunning(runId, context, submittedAtMs),
		);
		try {
			run = await context.client.readRun(runId, limit.signal);
		} catch (error) {
			run = undefined;
			troubles += 1;
			judge(error, runId, elapsedMs, context);
			askedMs = (error instanceof ServiceProblem && error.retryAfterMs) || 0;
		} finally {
			limit.end();
		}
	}
}

function hasEnded({ state }: Run): boolean {
	return state === "succeeded" || state === "failed" || state === "canceled";
}

function tell(run: Run, sinceMs: number, { emit }: JobContext): void {
	const { state, status } = run;
	if (state === "queued" || state === "running" || state === "unknown")
		emit({ type: "state", state, status, sinceMs });
}

/** The first trouble is met at the usual pace: it is most often a single reset. */
function troubleDelayMs(troubles: number, { random }: JobContext): number {
	return troubles < 2
		? 0
		: Math.min(retryDelayMs(troubles - 1, random()), 10_000);
}

/** Says what went wrong, and throws what no waiting can mend. */
function judge(
	error: unknown,
	runId: string,
	elapsedMs: number,
	{ emit }: JobContext,
): void {
	if (error instanceof ServiceProblem) {
		if (error.fromService && [401, 402, 403].includes(error.status))
			throw problemToFailure(error);
		if (
			error.status === 404 &&
			error.fromService &&
			elapsedMs > service.notFoundGraceMs
		)
			throw new Failure(
				"bad_response",
				`the service does not know run ${runId}`,
				{
					hint: `is the key of the account that bought it? flux-ultra auth status; to give the run up for good: flux-ultra resume --forget ${runId}`,
					httpStatus: 404,
					requestId: error.requestId,
					cause: error,
				},
			);
	} else if (!(error instanceof WireError)) throw error;
	else if (!error.mayPass) throw wireErrorToFailure(error);
	emit({
		type: "note",
		text: `${error.message}; the run goes on, still waiting`,
	});
}

function stillRunning(
	runId: string,
	{ clock, resumeCommand }: JobContext,
	submittedAtMs: number,
): Failure {
	const seconds = Math.round((clock.elapsed() - submittedAtMs) / 1000);
	return new Failure(
		"timeout",
		`run ${runId} is still going on after ${seconds} s`,
		{
			hint: `it is paid and nothing is lost: ${resumeCommand}`,
			retryable: true,
			charged: "yes",
		},
	);
}
