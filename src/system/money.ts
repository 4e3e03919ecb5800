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

/** For people: cents, and hundredths of a cent where the amount has them: `$0.06`, `$0.003`, `-$1.20`, `$0.0063`. */
export function formatUsd(micros: number): string {
	const size = Math.abs(micros);
	if (size > 0 && size < 50) return "less than $0.0001";
	const digits = (size / 1_000_000).toFixed(4);
	const sign = micros < 0 ? "-" : "";
	return `${sign}$${digits.replace(/0{1,2}$/, "")}`;
}

/** An estimate, for people: rounded up to three digits that count, as `about $1.24`. */
export function formatAbout(micros: number): string {
	const step =
		10 ** Math.max(Math.floor(Math.log10(Math.max(micros, 1))) - 2, 2);
	return `about ${formatUsd(Math.ceil(micros / step) * step)}`;
}

/** An amount as far as it is known, for people. */
export function formatAmount(micros: number, isEstimate = false): string {
	// Of nothing there is no estimate.
	return (isEstimate && micros > 0 ? formatAbout : formatUsd)(micros);
}

const decimal = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,2})?$/i;
