import { escaped } from "../system/escape.ts";
import { localDate } from "../system/local-date.ts";
import { formatAmount, usdToMicros } from "../system/money.ts";
import { shorten } from "../system/shorten.ts";

/** `1.8 MB`, in powers of ten as file managers count. */
export function formatBytes(bytes: number): string {
	if (bytes < 1_000) return `${bytes} B`;
	if (bytes < 999_500) return `${(bytes / 1_000).toFixed(0)} kB`;
	if (bytes < 999_950_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
	return `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

/** `9.9 s`, `1 min 4 s`. */
export function formatElapsed(ms: number): string {
	if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
	const seconds = Math.round(ms / 1_000);
	return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Whole seconds, for something that is still going on: `9 s`, `1 min 4 s`. */
export function formatSeconds(ms: number): string {
	const seconds = Math.floor(ms / 1_000);
	if (seconds < 60) return `${seconds} s`;
	return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** `2026-11-04 01:00 +1300`: by this machine's calendar, with how far it is from UTC; nothing for what is no time. */
export function formatLocalTime(iso: string): string {
	const time = new Date(iso);
	if (Number.isNaN(time.getTime())) return "";
	const two = (number: number) => String(number).padStart(2, "0");
	// JavaScript counts from local time to UTC.
	const ahead = -time.getTimezoneOffset();
	const zone = [Math.trunc(Math.abs(ahead) / 60), Math.abs(ahead) % 60];
	const clock = `${two(time.getHours())}:${two(time.getMinutes())}`;
	return `${localDate(time)} ${clock} ${ahead < 0 ? "-" : "+"}${zone.map(two).join("")}`;
}

/** `$0.06`, or `about $0.06`; says so where nobody knows. */
export function formatCost(usd: number | null, isEstimate = false): string {
	const micros = usd === null ? undefined : usdToMicros(usd);
	return micros === undefined
		? "cost not known"
		: formatAmount(micros, isEstimate);
}

/** A prompt on one line, at most `width` characters. */
export function shortPrompt(prompt: string, width = 48): string {
	return shorten(escaped(prompt.replace(/\s+/g, " ").trim()), width);
}
