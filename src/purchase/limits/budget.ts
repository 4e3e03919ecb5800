import { Failure } from "../../errors.ts";
import { formatUsd } from "../../system/money.ts";
import type { Job } from "../job.ts";

/** A limit in micro-dollars, and what set it: `--max-cost`, a variable, or `max-cost in …/config.json`. */
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
 * Holds a purchase to a limit.
 * @param fits how much of it the limit allows, in words
 * @throws {Failure} `over_budget`
 */
export function checkLimit(
	estimate: number | undefined,
	limit: Limit,
	fits?: string,
): void {
	if (limit.value === undefined) return;
	if (estimate === undefined)
		throw new Failure(
			"over_budget",
			`the price of this model is not known, and ${limit.origin} sets a limit of ${formatUsd(limit.value)}`,
			{
				hint: "say what to reckon with: --assume-price 0.06 (dollars an image)",
			},
		);
	if (estimate <= limit.value) return;
	throw new Failure(
		"over_budget",
		`this costs ${formatUsd(estimate)}, more than the limit of ${formatUsd(limit.value)} (${limit.origin})`,
		{ hint: askForLess(fits) },
	);
}

/** A run was left before its bill came, and no other bill of its model tells what the next one may cost. */
export function firstBillDue({ origin }: Pick<Limit, "origin">): Failure {
	return new Failure(
		"timeout",
		`the first bill of this model is not known yet, and under a limit (${origin}) no second image is bought before it`,
		{
			hint: "nothing was bought: flux-ultra resume waits for that bill, then the same command goes on",
			retryable: true,
			charged: "no",
		},
	);
}

/** What to do where a limit is passed. @param fits how much it allows, in words */
export function askForLess(fits?: string): string {
	return `nothing was bought: ${fits ? `${fits}; to buy more,` : "ask for less, or"} raise the limit`;
}
