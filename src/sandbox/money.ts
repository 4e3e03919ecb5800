/** Inside, money is whole micro-dollars, so that sums are exact. */
export function toMicros(usd: number): number {
	return Math.round(usd * 1_000_000);
}

/** The service's way to write an amount: a decimal string, three places at least (`0.060`; vendor documentation). */
export function decimalUsd(micros: number): string {
	return (micros / 1_000_000).toFixed(6).replace(/0{1,3}$/, "");
}
