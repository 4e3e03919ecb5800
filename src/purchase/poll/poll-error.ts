import { Failure } from "../../errors.ts";
import {
	problemToFailure,
	ServiceProblem,
	wireErrorToFailure,
} from "../../runflow/problem.ts";
import { service } from "../../runflow/service.ts";
import { WireError } from "../../runflow/wire-error.ts";
import { ageOf, type Wait } from "./wait.ts";

/** What came instead of an answer: a reason to give up, or what is waited out. */
export type PollError =
	| { readonly reason: unknown }
	| {
			readonly note: string;
			/** Runs can't be listed, now or later. */
			readonly isRefusedListing?: boolean;
			/** How long the service asks not to be asked, in milliseconds. */
			readonly pauseMs: number;
	  };

/**
 * What comes instead of a run (resets, HTML, garbage, 5xx, 429) is waited out, as the run goes on without us; what no waiting can
 * mend is not.
 * @param wait whose run was read; undefined for a listing
 */
export function classifyPollError(
	error: unknown,
	wait: Wait | undefined,
): PollError {
	const isListing = wait === undefined;
	let pauseMs = 0;
	if (error instanceof ServiceProblem) {
		pauseMs = error.retryAfterMs ?? 0;
		const status = error.fromService ? error.status : 0;
		if (isListing && service.listing.denials.some((one) => one === status)) {
			const note = `runs can't be listed (${error.message}): each is asked for by itself`;
			return { note, isRefusedListing: true, pauseMs: 0 };
		}
		if (status === 401 || (!isListing && [402, 403].includes(status)))
			return { reason: problemToFailure(error) };
		if (status === 404 && wait?.byOtherKey)
			return { reason: runOfOtherKey(wait, error) };
		if (status === 404 && wait && ageOf(wait) > service.notFoundGraceMs)
			return { reason: unknownRun(wait, error) };
		if (status === 404 && wait) return { note: notYet(wait), pauseMs };
	} else if (!(error instanceof WireError)) return { reason: error };
	else if (!error.mayPass) return { reason: wireErrorToFailure(error) };
	const what = isListing ? "runs go" : "run goes";
	return { note: `${error.message}; the ${what} on, still waiting`, pauseMs };
}

function notYet({ id }: Wait): string {
	return `the service does not show run ${id} yet; still waiting`;
}

function unknownRun({ id, context }: Wait, problem: ServiceProblem): Failure {
	return new Failure("bad_response", `the service does not know run ${id}`, {
		hint: `is the key of the account that bought it? flux-ultra auth status; to give the run up for good: ${context.command(`resume --forget ${id}`)}`,
		httpStatus: problem.status,
		requestId: problem.requestId,
		cause: problem,
	});
}

/** No waiting mends it, and nothing is lost: it is told like an order of which this key can't see whether it arrived. */
function runOfOtherKey(
	{ id, context }: Wait,
	{ status, requestId }: ServiceProblem,
): Failure {
	const message = `run ${id} was bought with another key, and the service does not show it to this one`;
	return new Failure("unknown_charge", message, {
		hint: `nothing is lost: with the other key, ${context.command("resume")}; to give the run up for good: ${context.command(`resume --forget ${id}`)}`,
		httpStatus: status,
		requestId,
	});
}

/** A run did not end in the time that it was given. */
export function stillRunning(wait: Wait): Failure {
	const seconds = Math.round(ageOf(wait) / 1000);
	const message =
		// The first failed look is most often a single reset.
		wait.failedLooks > 1
			? `run ${wait.id} can't be asked for after ${seconds} s: ${wait.lastError}`
			: `run ${wait.id} is still going on after ${seconds} s`;
	return new Failure("timeout", message, {
		hint: `it is paid and nothing is lost: ${wait.context.command("resume")}`,
		retryable: true,
		charged: "yes",
	});
}
