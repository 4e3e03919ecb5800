/** When the end of a run is likely, in milliseconds after its creation. */
export interface LikelyEnd {
	readonly from: number;
	readonly to: number;
}

/**
 * When to ask for a run's state next, in milliseconds after its creation: a look half-way to the
 * likely time, a close watch through it, then ever fewer.
 *
 * Each look catches the runs that ended in the quarter of a second before it, so that 25 looks over
 * the twelve seconds in which Ultra ends notice half of the runs within that quarter. With the
 * purchase and the download this stays at 30 requests in a run's first minute, which is what the
 * vendor's SDK spends on looking every two seconds.
 */
export function nextPollMs(likely: LikelyEnd, elapsedMs: number): number {
	const nowMs = elapsedMs + earlyMs;
	const next = scheduleOf(likely).find((atMs) => atMs > nowMs);
	if (next !== undefined) return next;
	return (Math.floor(nowMs / lateGapMs) + 1) * lateGapMs;
}

/** A timer may wake a hair before its time by the clock that is asked: that look is not due again. */
const earlyMs = 20;

const looksInFirstMinute = 28;
const closeLooks = 25;
const closestGapMs = 250;
const minuteMs = 60_000;
const lateGapMs = 5_000;

const schedules = new Map<string, readonly number[]>();

function scheduleOf(likely: LikelyEnd): readonly number[] {
	const key = `${likely.from}-${likely.to}`;
	const schedule = schedules.get(key) ?? makeSchedule(likely);
	schedules.set(key, schedule);
	return schedule;
}

function makeSchedule({ from, to }: LikelyEnd): number[] {
	// Half a gap less than the looks would need: the first one then lies inside the window.
	const gapMs = Math.max(closestGapMs, (to - from) / (closeLooks - 0.5));
	const close: number[] = [];
	for (let atMs = to; atMs > from; atMs -= gapMs) close.unshift(atMs);
	const late = looksInFirstMinute - 1 - close.length;
	const growth = Math.max(minuteMs / to, 1) ** (1 / (late + 1));
	const thin = Array.from(
		{ length: late + 1 },
		// Whole, or the last one falls a hair short of the minute and is taken twice.
		(_, index) => Math.round(to * growth ** (index + 1)),
	);
	return [from / 2, ...close, ...thin];
}
