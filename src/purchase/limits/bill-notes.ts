import { billOf } from "../../ledger/bill.ts";
import type { SavedRecord } from "../../record.ts";
import type { Run } from "../../runflow/schemas.ts";
import { formatUsd, microsToUsd } from "../../system/money.ts";
import type { JobContext } from "../context.ts";
import type { Job } from "../job.ts";

/** An image's share of what the service says its run cost, or of our price where it doesn't say. In dollars. */
export function costOf(
	job: Job,
	run: Run | undefined,
	at: number,
): number | null {
	const { images = 1, priceMicros, billMicros } = job;
	const micros = (run && billOf(run)) ?? billMicros ?? priceMicros;
	if (micros === undefined) return null;
	// What was asked for and did not come costs nothing: those that came bear it all.
	const came = run
		? Math.max(1, Math.min(images, run.outputs.length || images))
		: images;
	const share = Math.floor(micros / came);
	// The first one bears what does not divide, so that the shares make up the sum.
	return microsToUsd(at === 1 ? micros - share * (came - 1) : share);
}

/** What came that was not asked for, as the record has it. */
export function surprisesOf(
	{ seed }: Job,
	run: Run | undefined,
): Pick<SavedRecord, "seed_used" | "nsfw_detected"> {
	const isOther = run?.seed !== undefined && seed !== null && run.seed !== seed;
	return {
		...(isOther && { seed_used: run.seed }),
		...(run?.nsfwDetected && { nsfw_detected: true as const }),
	};
}

export function tellSurprises(
	{ seed, seed_used: used, nsfw_detected: isNsfw }: SavedRecord,
	{ emit }: JobContext,
): void {
	if (used !== undefined)
		emit({
			type: "note",
			text: `the service used seed ${used}, not ${seed}: the same seed need not make this image again`,
		});
	if (isNsfw)
		emit({
			type: "note",
			text: "the service marks this image as indecent (nsfw_detected); it is kept as it came",
		});
}

/** A bill beyond what was reckoned with is said once a run: the next limit should know. */
export function tellBill(
	{ priceMicros }: Job,
	run: Run | undefined,
	at: number,
	{ emit }: JobContext,
): void {
	const billed = run && billOf(run);
	if (at !== 1 || billed === undefined || priceMicros === undefined) return;
	if (billed <= priceMicros * 1.2) return;
	emit({
		type: "note",
		text: `the service charges ${formatUsd(billed)}, more than the ${formatUsd(priceMicros)} that were reckoned with`,
	});
}
