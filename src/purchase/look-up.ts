import { ServiceProblem } from "../runflow/problem.ts";
import { retryDelayMs } from "../runflow/retry.ts";
import type { Run } from "../runflow/schemas.ts";
import { service } from "../runflow/service.ts";
import { WireError } from "../runflow/wire-error.ts";
import type { JobContext } from "./context.ts";
import { type Job, referenceOf } from "./job.ts";

/** What the service knows of a reference. `unclear` is never taken for absent: that would buy twice. */
export type Found =
	| { readonly answer: "found"; readonly run: Run }
	| { readonly answer: "absent" }
	| ({ readonly answer: "unclear" } & Unclear);

/** Why it cannot be told whether a run was made. */
export interface Unclear {
	readonly reason: string;
	/** What asking again needs, where by itself it would meet the same. */
	readonly needs?: string | undefined;
}

/** Of a listing that does not show whose a run is. */
function needsEyes({ command }: Pick<JobContext, "command">): string {
	return `or look for it in ${command("runs list --account")}, and bring it by ${command("runs fetch <run>")}`;
}

/**
 * Asks the service whether a run of this order was made. A run may be listed some time after the
 * request that made it, so absence counts only when that grace is over. It is counted from this call, by a clock that
 * nobody sets: what a stamp on disk says of when the request ended is no proof.
 */
export async function lookUp(job: Job, context: JobContext): Promise<Found> {
	const { clock, signal, client } = context;
	const beganMs = clock.elapsed();
	const { atMs, graceMs: unseenMs } = service.lookup;
	const usualMs = atMs.at(-1) ?? 0;
	const seenMs = (await context.listingDelayMs?.()) ?? unseenMs;
	const graceMs = Math.max(usualMs, seenMs);
	let isToldLong = false;
	for (let failures = 0; ; ) {
		const elapsedMs = clock.elapsed() - beganMs;
		try {
			const reference = referenceOf(job);
			const { runs, complete } = await client.findRuns(reference, signal);
			const run = bestOf(runs.filter(({ id }) => id !== job.repeats?.runId));
			if (run) return { answer: "found", run };
			if (!complete)
				return {
					answer: "unclear",
					reason: "the service lists runs without regard to our reference",
					needs: needsEyes(context),
				};
			if (elapsedMs >= graceMs) return { answer: "absent" };
			if (elapsedMs >= usualMs && graceMs === Number.POSITIVE_INFINITY)
				return {
					answer: "unclear",
					reason:
						"by what doctor --live saw, the service does not list an order under its reference",
					needs: needsEyes(context),
				};
			const next =
				atMs.find((at) => at > elapsedMs) ?? Math.min(2 * elapsedMs, graceMs);
			if (next > usualMs && beganMs + next > context.deadlineMs)
				return {
					answer: "unclear",
					reason: `the service may list it up to ${graceMs / 1_000} s late, and the time to wait (--timeout) is over`,
				};
			if (next > usualMs && !isToldLong) {
				isToldLong = true;
				context.emit({
					type: "note",
					text: `no run of it is listed yet; looking for up to ${graceMs / 1_000} s, as the service may list it late`,
				});
			}
			await clock.sleep(next - elapsedMs, signal);
		} catch (error) {
			failures += 1;
			const asked =
				error instanceof ServiceProblem ? error.retryAfterMs : undefined;
			const delayMs = retryDelayMs(failures, context.random(), asked);
			if (
				!mayPass(error) ||
				failures >= service.retry.attempts ||
				clock.elapsed() + delayMs > context.deadlineMs
			)
				return { answer: "unclear", ...unclear(error) };
			await clock.sleep(delayMs, signal);
		}
	}
}

/** One reference has one run, unless the service took an order twice: then the one that came furthest, and of those the first. */
function bestOf(runs: readonly Run[]): Run | undefined {
	const ranks = ["succeeded", "running", "queued", "unknown"];
	const rank = ({ state }: Run) =>
		ranks.includes(state) ? ranks.indexOf(state) : ranks.length;
	return [...runs].sort((a, b) => rank(a) - rank(b))[0];
}

/** Whether asking again may help; the user's interrupt is passed on. */
function mayPass(error: unknown): boolean {
	if (error instanceof WireError) return error.mayPass;
	if (!(error instanceof ServiceProblem)) throw error;
	return error.status >= 500 || error.status === 429 || error.status < 300;
}

function unclear(error: unknown): Unclear {
	const message = error instanceof Error ? error.message : String(error);
	const isKeys =
		error instanceof ServiceProblem && [401, 403].includes(error.status);
	return {
		reason: `the listing of runs answers: ${message}`,
		needs: isKeys
			? `with a key of the same account that has the scope runs:read (${service.links.keys})`
			: undefined,
	};
}
