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
	/** How often it was read by itself when it was due, and because a callback had come. */
	reads: number;
	hintedReads: number;
	/** Since the last answer. */
	troubles: number;
	/** How long the run was in the queue, in milliseconds, as far as that is told. */
	queueMs: number;
}

/** While callbacks are listened for, looks only make sure. */
const listeningGapMs = 15_000;
const longestBackoffMs = 10_000;
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
	const { submittedAtMs, queueMs, reads, troubles } = wait;
	const { clock, random, runTimes, deadlineMs } = wait.context;
	// One that came a hair early is not due again.
	const nowMs = Math.max(
		clock.elapsed(),
		Math.min(wait.dueMs, clock.elapsed() + earlyMs),
	);
	// The first trouble is met at the usual pace: it is most often a single reset.
	const backoffMs =
		troubles < 2
			? 0
			: Math.min(retryDelayMs(troubles - 1, random()), longestBackoffMs);
	const gapMs = Math.max(pauseMs, backoffMs, isListening ? listeningGapMs : 0);
	const look = { ageMs: nowMs - submittedAtMs, queueMs, runs, reads };
	const usualMs = submittedAtMs + nextLookMs(runTimes, look);
	// Nothing is given up late, nor before a last look.
	wait.dueMs = Math.min(Math.max(usualMs, nowMs + gapMs), deadlineMs);
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
