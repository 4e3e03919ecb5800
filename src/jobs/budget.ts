import { Failure } from "../errors.ts";
import { formatUsd, usdToMicros } from "../money.ts";
import type { Job } from "./job.ts";
import type { Ledger } from "./ledger.ts";

/** A limit in micro-dollars, and the flag, variable or file that set it. */
export interface Limit {
	readonly value: number | undefined;
	readonly origin: string;
}

/**
 * What some jobs will cost, in micro-dollars; undefined where the price of one is not known.
 */
export function estimateMicros(
	jobs: readonly Pick<Job, "priceMicros">[],
): number | undefined {
	let sum = 0;
	for (const { priceMicros } of jobs) {
		if (priceMicros === undefined) return undefined;
		sum += priceMicros;
	}
	return sum;
}

/**
 * Holds a purchase to a limit, with what was spent under that limit already.
 * @throws {Failure} `over_budget`
 */
export function checkLimit(
	estimate: number | undefined,
	limit: Limit,
	spentMicros = 0,
): void {
	if (limit.value === undefined) return;
	if (estimate === undefined)
		throw new Failure(
			"over_budget",
			`the price of this model is not known, and ${limit.origin} sets a limit of ${formatUsd(limit.value)}`,
			{ hint: "take the limit away, or choose a model with a known price" },
		);
	if (spentMicros + estimate <= limit.value) return;
	const spent =
		spentMicros > 0 ? ` on top of ${formatUsd(spentMicros)} spent today` : "";
	throw new Failure(
		"over_budget",
		`this costs ${formatUsd(estimate)}${spent}, more than the limit of ${formatUsd(limit.value)} (${limit.origin})`,
		{ hint: "nothing was bought: ask for less, or raise the limit" },
	);
}

/**
 * What was spent today (by this machine's calendar) on a service, and what is under way: each job on
 * disk holds its price until the ledger knows what it really cost.
 */
export async function spentTodayMicros(
	ledger: Ledger,
	open: readonly Job[],
	service: string,
	nowMs: number,
): Promise<number> {
	const today = new Date(nowMs).toDateString();
	const isToday = (time: string) => new Date(time).toDateString() === today;
	let sum = 0;
	for (const line of await ledger.readRecent()) {
		if (line.service !== service || !isToday(line.finishedAt)) continue;
		const { record } = line;
		if (record.status === "saved")
			sum += usdToMicros(record.cost_usd ?? 0) ?? 0;
	}
	for (const job of open)
		if (job.service === service && isToday(job.createdAt))
			sum += job.priceMicros ?? 0;
	return sum;
}
