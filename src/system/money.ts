/**
 * US dollars as whole micro-dollars, so that sums and limits are exact: $0.06 is 60 000.
 * Undefined where the value is no amount or too large to be held exactly. The service writes costs as decimal strings.
 */
export function usdToMicros(usd: string | number): number | undefined {
	if (typeof usd === "string" && !decimal.test(usd.trim())) return undefined;
	const micros = Math.round(Number(usd) * 1_000_000);
	// Math.round gives -0 for tiny negative amounts, and -0 is not equal to 0 for everyone.
	return Number.isSafeInteger(micros) ? micros + 0 : undefined;
}

/** The number that records carry (`cost_usd`). */
export function microsToUsd(micros: number): number {
	return micros / 1_000_000;
}

/** For people: at least cents, and as many digits as the amount has: `$0.06`, `$0.003`, `-$1.20`. */
export function formatUsd(micros: number): string {
	const digits = (Math.abs(micros) / 1_000_000).toFixed(6);
	const sign = micros < 0 ? "-" : "";
	return `${sign}$${digits.replace(/0{1,4}$/, "")}`;
}

/** An estimate, for people: three digits that count, as `about $0.00629`. */
export function formatAbout(micros: number): string {
	const step =
		10 ** Math.max(Math.floor(Math.log10(Math.max(micros, 1))) - 2, 0);
	return `about ${formatUsd(Math.ceil(micros / step) * step)}`;
}

const decimal = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,2})?$/i;
