import { refused } from "../../settings/parse.ts";
import { localDate } from "../../system/local-date.ts";

/**
 * The first day that counts, as YYYY-MM-DD: `2026-11-01`, `7d`, `2w`, `3m` or `today`.
 * @throws {Failure} `usage`
 */
export function parseSince(text: string, nowMs: number): string {
	const hint = "say since when: 2026-11-01, 7d, 2w, 3m or today";
	const now = new Date(nowMs);
	const day = firstDay(text.trim(), now);
	if (day === undefined)
		throw refused(text, "no date and no length of time for --since", hint);
	if (day > localDate(now))
		throw refused(text, "still to come: nothing was spent since then", hint);
	return day;
}

/** `7d` is seven days with today as the last; `3m` begins on the same date three months ago, or the last of a shorter month. */
function firstDay(text: string, now: Date): string | undefined {
	if (text === "today") return localDate(now);
	if (/^\d{4}-\d\d-\d\d$/.test(text))
		// The 30th of February comes back as a day of March, or as null.
		return new Date(text).toJSON()?.startsWith(text) ? text : undefined;
	const [, digits, unit] = /^([1-9]\d{0,3})([dwm])$/.exec(text) ?? [];
	if (digits === undefined) return undefined;
	const count = Number(digits);
	const year = now.getFullYear();
	const month = now.getMonth();
	const date = now.getDate();
	if (unit !== "m") {
		const days = unit === "w" ? 7 * count : count;
		return localDate(new Date(year, month, date - days + 1));
	}
	const lastDate = new Date(year, month - count + 1, 0).getDate();
	return localDate(new Date(year, month - count, Math.min(date, lastDate)));
}
