import type { Ends } from "../callbacks/inbox.ts";
import { waitForEnd } from "../jobs/wait.ts";
import type { Run } from "../runflow/schemas.ts";
import type { Waiting } from "./look.ts";
import { owesReason } from "./trust.ts";

/**
 * Waits for a run that no listing shows, as if it were the only one. Where callbacks come it is asked for from `patientUntilMs` on
 * (by `Clock.elapsed`), and not at all if its callback is there by then.
 * @throws {Failure} as `waitForEnd`
 */
export async function waitAlone(
	{ runId, submittedAtMs, context }: Waiting,
	callbacks: Ends | undefined,
	patientUntilMs: number,
): Promise<Run> {
	if (callbacks === undefined) return waitForEnd(runId, submittedAtMs, context);
	const { clock, deadlineMs } = context;
	const heard: Run[] = [];
	const told = new AbortController();
	const stop = callbacks.onEnd(runId, (run) => {
		if (owesReason(run)) return;
		heard.push(run);
		told.abort();
	});
	const signal = AbortSignal.any([context.signal, told.signal]);
	try {
		const patienceMs = Math.min(patientUntilMs, deadlineMs) - clock.elapsed();
		if (patienceMs > 0) await clock.sleep(patienceMs, signal);
		return await waitForEnd(runId, submittedAtMs, { ...context, signal });
	} catch (error) {
		const [run] = heard;
		if (run) return run;
		throw error;
	} finally {
		stop();
	}
}
