import { Failure } from "../errors.ts";
import type { Limit } from "../jobs/budget.ts";
import { formatUsd } from "../money.ts";

/** What one command may spend, counted while it spends: prices may turn out higher than they were estimated. */
export interface Purse {
	/** Puts the price of an image aside. @throws {Failure} `over_budget` */
	take(priceMicros: number): void;
	/** What it cost in the end; what was put aside and not needed is there again. */
	settle(priceMicros: number, costMicros: number): void;
}

export function createPurse({ value: limit, origin }: Limit): Purse {
	let usedMicros = 0;
	return {
		take(priceMicros) {
			if (limit !== undefined && usedMicros + priceMicros > limit)
				throw new Failure(
					"over_budget",
					`the next image would pass the limit of ${formatUsd(limit)} (${origin})`,
					{
						hint: "what was bought is on disk; raise the limit and run the same command again",
					},
				);
			usedMicros += priceMicros;
		},
		settle(priceMicros, costMicros) {
			usedMicros += costMicros - priceMicros;
		},
	};
}
