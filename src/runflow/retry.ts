import { service } from "./service.ts";

/**
 * How long to wait before attempt `attempt + 1`, in milliseconds.
 * @param attempt attempts made so far, from 1
 * @param random a number in [0, 1)
 * @param retryAfterMs what the service asked for; it wins, jitter apart, because coming earlier is refused again
 */
export function retryDelayMs(
	attempt: number,
	random: number,
	retryAfterMs?: number,
): number {
	const { baseMs, maxMs, jitterMs } = service.retry;
	const backoffMs = Math.min(baseMs * 2 ** (attempt - 1), maxMs);
	return (retryAfterMs ?? backoffMs) + random * jitterMs;
}

/**
 * `Retry-After` in milliseconds: seconds, or an HTTP date (RFC 9110, 10.2.3), which is read against the answer's own
 * `Date`, so that it does not matter what our clock shows. Undefined where there is none to be read.
 */
export function parseRetryAfter(
	headers: Readonly<Record<string, string>>,
	nowMs: number,
): number | undefined {
	const value = headers["retry-after"];
	if (value === undefined || value.trim() === "") return undefined;
	const seconds = Number(value);
	const theirNowMs = Date.parse(headers.date ?? "");
	const ms = Number.isNaN(seconds)
		? Date.parse(value) - (Number.isNaN(theirNowMs) ? nowMs : theirNowMs)
		: seconds * 1_000;
	// An hour is longer than any wait of ours; a larger figure is a mistake of somebody's clock.
	return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), 3_600_000);
}
