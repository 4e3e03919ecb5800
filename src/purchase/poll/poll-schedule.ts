import type { Run } from "../../runflow/schemas.ts";

/** What a batch has seen of how long its runs take, and so when to look at those under way. */
export interface PollSchedule {
	/** A run has ended. */
	learn(run: Run, sinceMs: number): void;
	/**
	 * When to look next, by `Clock.elapsed`.
	 * @param submittedAtMs when the runs under way were made, by `Clock.elapsed`; not empty
	 */
	nextPoll(submittedAtMs: readonly number[], nowMs: number): number;
}

/** Enough to know the range, few enough to follow a change of load. */
const remembered = 40;
/** Before anything is known: one request for all runs, four times a second, costs little. */
const unknownGapMs = 250;
const closestGapMs = 50;
const widestGapMs = 2_000;
/** Looks in the time that a run takes, beside one when its end becomes possible: one for two runs under way. */
const fewestLooks = 8;
const mostLooks = 30;

export function createPollSchedule(): PollSchedule {
	const seen: number[] = [];
	return {
		learn(run, sinceMs) {
			seen.push(durationOf(run) ?? sinceMs);
			if (seen.length > remembered) seen.shift();
		},
		nextPoll(submittedAtMs, nowMs) {
			if (seen.length === 0) return nowMs + unknownGapMs;
			const shortest = Math.min(...seen);
			const longest = Math.max(...seen);
			const looks = submittedAtMs.length / 2;
			const gapMs = clamp(
				longest / Math.min(Math.max(looks, fewestLooks), mostLooks),
			);
			let next = Number.POSITIVE_INFINITY;
			for (const startMs of submittedAtMs) {
				// None has been quicker: before this there is nothing to see.
				const untilMs = startMs + shortest - nowMs;
				// What takes much longer than all others is in a queue: it can wait a little for us.
				const lateMs = clamp((nowMs - startMs - longest * 1.2) / 4);
				const delayMs =
					untilMs > 0
						? Math.max(untilMs, closestGapMs)
						: Math.max(gapMs, lateMs);
				next = Math.min(next, nowMs + delayMs);
			}
			return next;
		},
	};
}

/** How long a run took by the service's own clock, in milliseconds; undefined where it does not tell both times. */
function durationOf({ createdAt, completedAt }: Run): number | undefined {
	const ms = Date.parse(completedAt ?? "") - Date.parse(createdAt ?? "");
	return ms > 0 ? ms : undefined;
}

function clamp(ms: number): number {
	return Math.min(Math.max(ms, closestGapMs), widestGapMs);
}
