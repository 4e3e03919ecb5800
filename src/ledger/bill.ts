import type { ImageRecord } from "../record.ts";
import type { Run } from "../runflow/schemas.ts";
import { usdToMicros } from "../system/money.ts";
import type { LedgerLine } from "./ledger.ts";

/** What the service says a run cost, in micro-dollars; undefined where it doesn't say. Never a credit: a negative bill is none. */
export function billOf({ costText }: Run): number | undefined {
	const micros = costText === undefined ? undefined : usdToMicros(costText);
	return micros === undefined ? undefined : Math.max(micros, 0);
}

/** What an image cost when it was bought, in dollars, whichever command that was; null where nobody knows, or nothing was bought. */
export function paidUsd(record: ImageRecord): number | null {
	if (record.status === "planned") return null;
	// Version 0.1.0 had one name for both.
	return record.paid_usd === undefined && record.status === "saved"
		? record.cost_usd
		: (record.paid_usd ?? null);
}

/** What is known of the money of one image, from all lines about it. */
export interface ImageCost {
	/** Undefined where nobody knows. */
	readonly micros: number | undefined;
	/** It goes by the list price, as no bill came. */
	readonly isEstimate: boolean;
	readonly isSaved: boolean;
}

/** What one line tells of it. */
export function costIn(record: LedgerLine["record"]): ImageCost {
	return {
		micros: microsIn(record),
		isEstimate: record.cost_is_estimate === true,
		isSaved: record.status === "saved",
	};
}

/** What counts of two lines of an image. What the later does not say, as fetching does not always know the price or the bill, is as the earlier said. */
export function latestCost<Cost extends ImageCost>(
	earlier: Cost | undefined,
	later: Cost,
): Cost {
	if (earlier === undefined) return later;
	const { isSaved } = later;
	// What failed then was only to fetch it once more.
	if (earlier.isSaved && !isSaved) return earlier;
	const saysLess = later.micros === undefined || later.isEstimate;
	// That nothing was charged for a failure does not say what the image cost in the end.
	const isKnown =
		earlier.isSaved === isSaved
			? earlier.micros !== undefined
			: (earlier.micros ?? 0) > 0;
	return saysLess && isKnown ? { ...earlier, isSaved } : later;
}

/** @param lines of one image, the last one first */
export function costOfLines(
	lines: readonly Pick<LedgerLine, "record">[],
): ImageCost | undefined {
	return lines
		.map(({ record }) => costIn(record))
		.reduceRight<ImageCost | undefined>(latestCost, undefined);
}

function microsIn(record: LedgerLine["record"]): number | undefined {
	if (record.status === "saved" || record.paid_usd !== undefined) {
		const micros = usdToMicros(paidUsd(record) ?? Number.NaN);
		return micros === undefined ? undefined : Math.max(micros, 0);
	}
	// Version 0.1.0 knew no amount of a failed run, and a few are charged all the same.
	return record.charged === "no" ? 0 : undefined;
}

/** How much more than its price a run has cost, by model: what is reserved for the next one must be enough for its bill. */
export interface BillRatios {
	/** The worst bill divided by its price; 1 before any bill was seen, never less. */
	worst(model: string): number;
	hasSeen(model: string): boolean;
	/** In micro-dollars. */
	learn(
		model: string,
		priceMicros: number | undefined,
		billMicros: number,
	): void;
}

export function createBillRatios(): BillRatios {
	const ratios = new Map<string, number>();
	return {
		worst: (model) => ratios.get(model) ?? 1,
		hasSeen: (model) => ratios.has(model),
		learn(model, priceMicros, billMicros) {
			// Of a price that nobody knew there is no ratio, but the bill was seen.
			const ratio = priceMicros ? billMicros / priceMicros : 1;
			ratios.set(model, Math.max(ratio, ratios.get(model) ?? 1));
		},
	};
}
