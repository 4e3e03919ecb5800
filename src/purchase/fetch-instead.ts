import { checkDone, doneImage } from "../ledger/done-images.ts";
import type { LedgerLine } from "../ledger/ledger.ts";
import type { HeldJob } from "./store/journal.ts";

/** What became of an image that was brought home once. */
export interface Brought {
	readonly ref: string;
	readonly runId: string;
	readonly submittedAt: string;
	readonly state: "whole" | "damaged" | "missing";
}

/**
 * Makes a job that was never sent one that only fetches what its run made before: of several images those that
 * are missing or damaged, for stdout all.
 * @returns false where none is
 */
export async function fetchInstead(
	held: HeldJob,
	brought: readonly (Brought | undefined)[],
): Promise<boolean> {
	const { output } = held.job;
	const known = brought.find(Boolean);
	// What is in a file, or went to another's stdout, has not gone to this one.
	const isPiped = output.path === null;
	const wanted = brought.flatMap((one, at) =>
		one && (isPiped || one.state !== "whole") ? [at + 1] : [],
	);
	if (known === undefined || wanted.length === 0) return false;
	const isDamaged = brought.some((one) => one?.state === "damaged");
	const { ref, runId, submittedAt } = known;
	await held.enter(
		{ name: "bought", runId, submittedAt },
		{ ref, wanted, output: { ...output, force: output.force || isDamaged } },
	);
	return true;
}

/** As `fetchInstead`, of images that are in the ledger. */
export async function fetchBooked(
	held: HeldJob,
	lines: readonly (LedgerLine | undefined)[],
): Promise<boolean> {
	return fetchInstead(held, await Promise.all(lines.map(broughtBy)));
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
