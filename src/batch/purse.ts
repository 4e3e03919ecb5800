import { Failure } from "../errors.ts";
import type { Limit } from "../jobs/budget.ts";
import { formatUsd } from "../money.ts";

/** What one command may spend, counted while it spends: prices may turn out higher than they were estimated. */
export interface Purse {
	/**
	 * Puts the price of an image aside, or more where images have cost more than their price.
	 * @returns what was put aside, in micro-dollars
	 * @throws {Failure} `over_budget`
	 */
	take(priceMicros: number): number;
	/** What an image of this price cost in the end; what was put aside for it and not needed is there again. */
	settle(asideMicros: number, priceMicros: number, costMicros: number): void;
}

export function createPurse({ value: limit, origin }: Limit): Purse {
	let usedMicros = 0;
	/** How much more than its price an image has cost at most. */
	let excess = 1;
	return {
		take(priceMicros) {
			const asideMicros = Math.ceil(priceMicros * excess);
			if (limit !== undefined && usedMicros + asideMicros > limit)
				throw new Failure(
					"over_budget",
					`the next image would pass the limit of ${formatUsd(limit)} (${origin})`,
					{
						hint: "what was bought is on disk; raise the limit and run the same command again",
					},
				);
			usedMicros += asideMicros;
			return asideMicros;
		},
		settle(asideMicros, priceMicros, costMicros) {
			usedMicros += costMicros - asideMicros;
			if (priceMicros > 0) excess = Math.max(excess, costMicros / priceMicros);
		},
	};
}
