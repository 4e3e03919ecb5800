import { retryDelayMs } from "../../runflow/retry.ts";
import type { Run } from "../../runflow/schemas.ts";
import type { PollContext, SubmittedRun } from "../context.ts";
import { nextLookMs } from "./poll-schedule.ts";

/** Somebody's wait for the end of a run, and what is known of the run so far. */
export interface Wait extends SubmittedRun {
	readonly context: PollContext;
	readonly resolve: (run: Run) => void;
	readonly reject: (reason: unknown) => void;
	/** Takes off what listens for the callback and the interrupt. */
	unsubscribe: () => void;
	/** When to look next, by `Clock.elapsed`. */
	dueMs: number;
	/** A question about it is under way. */
	isAsked: boolean;
	/** Whether a listing is likely to show it. */
	isListed: boolean;
	/** Listings that left it out. */
	misses: number;
	/** How often it was read by itself, in all and since its callback came. */
	reads: number;
	hintedReads: number;
	/** Its callback has come. */
	isHinted: boolean;
	/** Since the last answer, and why the last of them failed. */
	failedLooks: number;
	lastError?: string;
	/** How long the run was in the queue, in milliseconds, as far as that is told. */
	queueMs: number;
}

/** While callbacks are listened for, looks only make sure. */
const listeningGapMs = 15_000;
const longestBackoffMs = 10_000;
/** A run whose callback has come may go on for a moment by the reading of another region: read again so often, after so long. */
const hinted = { reads: 4, gapMs: 500 };
/** A timer may wake a hair before its time by the clock that is asked. */
export const earlyMs = 20;

/**
 * Sets the next look after one that has just been.
 * @param runs how many were looked at together
 * @param pauseMs how long the service asks not to be asked
 */
export function schedule(
	wait: Wait,
	{ runs = 1, pauseMs = 0, isListening = false },
): void {
	const { submittedAtMs, queueMs, reads, failedLooks } = wait;
	const { clock, random, runTimes, deadlineMs } = wait.context;
	// One that came a hair early is not due again.
	const nowMs = Math.max(
		clock.elapsed(),
		Math.min(wait.dueMs, clock.elapsed() + earlyMs),
	);
	// The first error is met at the usual pace: it is most often a single reset.
	const backoffMs =
		failedLooks < 2
			? 0
			: Math.min(retryDelayMs(failedLooks - 1, random()), longestBackoffMs);
	const gapMs = Math.max(pauseMs, backoffMs, isListening ? listeningGapMs : 0);
	if (isReadOften(wait)) {
		wait.dueMs = Math.min(nowMs + Math.max(pauseMs, hinted.gapMs), deadlineMs);
		return;
	}
	const look = { ageMs: nowMs - submittedAtMs, queueMs, runs, reads };
	const usualMs = submittedAtMs + nextLookMs(runTimes, look);
	// Nothing is given up late, nor before a last look.
	wait.dueMs = Math.min(Math.max(usualMs, nowMs + gapMs), deadlineMs);
}

export function countRead(wait: Wait): void {
	wait.reads += 1;
	if (wait.isHinted) wait.hintedReads += 1;
}

/** Whether the end must show any moment, as its callback has come. */
export function isReadOften({ isHinted, hintedReads }: Wait): boolean {
	return isHinted && hintedReads < hinted.reads;
}

export function ageOf({ submittedAtMs, context }: Wait): number {
	return Math.max(context.clock.elapsed() - submittedAtMs, 0);
}

export function isLate({ context: { clock, deadlineMs } }: Wait): boolean {
	return clock.elapsed() + earlyMs >= deadlineMs;
}

export function hasEnded({ state }: Run): boolean {
	return state === "succeeded" || state === "failed" || state === "canceled";
}
