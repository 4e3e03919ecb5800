import { checkDone, type DoneState, doneImage } from "../ledger/done-images.ts";
import type { LedgerLine } from "../ledger/ledger.ts";
import type { Job } from "./job.ts";
import { withReplaceable } from "./replaceable.ts";
import type { HeldJob } from "./store/journal.ts";

/** What became of an image that was saved once. */
export interface Brought {
	readonly ref: string;
	readonly runId: string;
	readonly submittedAt: string;
	/** What was changed is somebody's work, and stays. */
	readonly state: DoneState;
}

/**
 * A job that was never sent as one that only fetches what its run made before: of several images those that are
 * missing or damaged, for stdout all. Undefined where none is.
 */
async function fetchJob(
	job: Job,
	brought: readonly (Brought | undefined)[],
): Promise<Job | undefined> {
	const { output } = job;
	const known = brought.find(Boolean);
	// What is in a file, or went to another's stdout, has not gone to this one.
	const isPiped = output.path === null;
	const wanted = brought.flatMap((one, at) =>
		one && (isPiped || isLost(one.state)) ? [at + 1] : [],
	);
	if (known === undefined || wanted.length === 0) return undefined;
	const isDamaged = brought.some((one) => one?.state === "damaged");
	const { ref, runId, submittedAt } = known;
	const fetched: Job = {
		...job,
		ref,
		wanted,
		isRefetch: true,
		output: { ...output, force: output.force || isDamaged },
		stage: { name: "bought", runId, submittedAt },
	};
	return isDamaged ? withReplaceable(fetched) : fetched;
}

function isLost(state: DoneState): boolean {
	return state === "damaged" || state === "missing";
}

/** As `fetchJob`, of images that are in the ledger. */
export async function fetchJobOf(
	job: Job,
	lines: readonly (LedgerLine | undefined)[],
): Promise<Job | undefined> {
	return fetchJob(job, await Promise.all(lines.map(broughtBy)));
}

/** Makes a job that was never sent one that only fetches, where something is missing. */
export async function fetchInstead(
	held: HeldJob,
	brought: readonly (Brought | undefined)[],
): Promise<void> {
	await enterFetch(held, await fetchJob(held.job, brought));
}

/** @param job as `fetchJob` made it of the job that is held; undefined: it stays as it is */
export async function enterFetch(
	held: HeldJob,
	job: Job | undefined,
): Promise<void> {
	if (job === undefined) return;
	const { stage, ref, wanted, output, isRefetch } = job;
	await held.enter(stage, { ref, wanted, output, isRefetch });
}

async function broughtBy(
	line: LedgerLine | undefined,
): Promise<Brought | undefined> {
	if (line?.record.status !== "saved") return undefined;
	const done = doneImage(line);
	return {
		ref: line.record.client_ref,
		runId: line.record.run_id,
		submittedAt: line.record.submitted_at ?? line.finishedAt,
		// What went to stdout is nowhere on this machine that we know of.
		state: done ? await checkDone(done) : "missing",
	};
}
