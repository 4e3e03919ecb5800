import { Failure } from "../errors.ts";
import type { LedgerLine } from "../ledger/ledger.ts";
import { renewedPipe } from "./acquire.ts";
import type { JobContext } from "./context.ts";
import { enterFetch, fetchJobOf } from "./fetch-instead.ts";
import { imageKey, type Job, runOf, wantedOf } from "./job.ts";
import type { Goal } from "./run-job.ts";
import type { HeldJob, Journal } from "./store/journal.ts";

/** How the wait for another process ended. */
export type Joined =
	| { readonly state: "done"; readonly lines: readonly LedgerLine[] }
	/** The other process let go of it: it is ours now. */
	| { readonly state: "ours"; readonly held: HeldJob }
	/** It is bought, and that was all that was asked for. */
	| { readonly state: "bought"; readonly job: Job };

const lookEveryMs = 250;

/**
 * Waits for the process that is at the same image, instead of buying it a second time.
 * @throws {Failure} `timeout`; `run_failed` where the other process gave it up
 */
export async function join(
	key: string,
	job: Job,
	goal: Goal,
	journal: Journal,
	context: JobContext,
): Promise<Joined> {
	const { clock, deadlineMs, signal } = context;
	while (clock.elapsed() < deadlineMs) {
		const found = await journal.takeOver(key);
		if (found === undefined) {
			const lines = await outcomesOf(key, job, context);
			const isSaved = lines.every(({ record }) => record.status === "saved");
			if (job.output.path !== null || !isSaved) return { state: "done", lines };
			// What went to the other's stdout has not gone to ours.
			const own = await journal.acquire(key, () => ({
				...job,
				stage: { name: "planned" },
			}));
			if (own.state === "busy") continue;
			const { held } = own;
			if (held.job.stage.name === "planned")
				await enterFetch(held, await fetchJobOf(held.job, lines));
			return { state: "ours", held };
		}
		if (found.state !== "busy") {
			const { held } = found;
			await held.amend(renewedPipe(held.job, job.output));
			return { state: "ours", held };
		}
		if (goal === "submitted" && runOf(found.job))
			return { state: "bought", job: found.job };
		await clock.sleep(lookEveryMs, signal);
	}
	throw new Failure("timeout", "another process is still at the same image", {
		hint: `what it does goes on; to look again: ${context.command("resume")}`,
		retryable: true,
		charged: "no",
	});
}

/** How each image ended since the job was made: by its key, as an order that is sent again has another reference. */
async function outcomesOf(
	key: string,
	{ images, createdAt }: Job,
	{ ledger }: JobContext,
): Promise<readonly LedgerLine[]> {
	const keys = wantedOf({ images }).map((at) => imageKey(key, at));
	const lines = new Map<string, LedgerLine>();
	for await (const line of ledger.find("key", keys))
		if (line.finishedAt >= createdAt) lines.set(line.key, line);
	if (lines.size > 0) return [...lines.values()];
	throw new Failure(
		"run_failed",
		"the process that was at the same image ended without buying it",
		{ hint: "run the same command again", retryable: true, charged: "no" },
	);
}
