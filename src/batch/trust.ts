import type { Run } from "../runflow/schemas.ts";
import { service } from "../runflow/service.ts";

/** How far callbacks are counted on, and so how seldom runs are looked at. All times are milliseconds of our own clock. */
export interface Trust {
	/** True while the ends of runs are told: looks only make sure. */
	holds(): boolean;
	/** A callback of a run has come. */
	told(runId: string, nowMs: number): void;
	/** The runs were looked at. */
	looked(nowMs: number): void;
	/** A look showed a run at its end before a callback did. @param forget is called when its callback is no longer waited for */
	missed(runId: string, endedAtMs: number, forget: () => void): void;
	/** Ends the trust where callbacks that should have come did not; the run that shows it, the first time this happens. */
	review(nowMs: number): string | undefined;
	/** Nothing is waited for any more: a run that was found by looking, where no callback has come at all and nobody was told so. */
	conclude(nowMs: number): string | undefined;
	/** Until when a run is left alone, as it will be told. */
	patientUntil(run: Expectation & { readonly submittedAtMs: number }): number;
	/** When to look next at those that are waited for, while the trust holds. */
	nextLook(waiting: WaitingRuns): number;
	/** When to review next; infinite where nothing is waited for. */
	nextReview(): number;
}

/** What is known of how long runs take. */
export interface Expectation {
	/** By when a run of the model has most likely ended. */
	readonly likelyMs: number;
	/** How long the longest of the last runs took; undefined before any has ended. */
	readonly longestMs: number | undefined;
}

export interface WaitingRuns extends Expectation {
	/** When the oldest of them was made. */
	readonly submittedAtMs: number;
	/** When a failure was told that another look has to give a reason for; undefined where none is owed. */
	readonly reasonOwedMs: number | undefined;
}

const { graceMs } = service.callbacks;
/** A run that is told in time is never looked at: only one that is older than this, and than runs usually get. */
const patienceMs = { least: 15_000, most: 60_000 };
/** Between looks; ever longer while they find nothing that a callback should have told. */
const gapsMs = { first: 15_000, most: 60_000, growth: 1.5 };
/** Failures come in bursts, and one look gives the reasons of all. */
const reasonMs = { delay: 1_000, gap: 5_000 };

export function createTrust(): Trust {
	const untold = new Map<string, { endedAtMs: number; forget: () => void }>();
	let isHeld = true;
	let hasComplained = false;
	let toldAtMs = Number.NEGATIVE_INFINITY;
	let lookedAtMs = Number.NEGATIVE_INFINITY;
	let gapMs = gapsMs.first;

	return {
		holds: () => isHeld,
		told(runId, nowMs) {
			untold.get(runId)?.forget();
			untold.delete(runId);
			toldAtMs = nowMs;
			if (!isHeld) gapMs = gapsMs.first;
			isHeld = true;
		},
		looked(nowMs) {
			lookedAtMs = nowMs;
			gapMs = Math.min(gapMs * gapsMs.growth, gapsMs.most);
		},
		missed(runId, endedAtMs, forget) {
			untold.set(runId, { endedAtMs, forget });
		},
		review(nowMs) {
			let example: string | undefined;
			for (const [runId, { endedAtMs, forget }] of untold) {
				if (endedAtMs + graceMs > nowMs) continue;
				untold.delete(runId);
				forget();
				gapMs = gapsMs.first;
				// One that got lost among others that came is no reason to look at them all.
				if (toldAtMs >= endedAtMs) continue;
				isHeld = false;
				if (!hasComplained) example ??= runId;
			}
			hasComplained ||= example !== undefined;
			return example;
		},
		conclude(nowMs) {
			if (hasComplained || toldAtMs > Number.NEGATIVE_INFINITY) return;
			for (const [runId, { endedAtMs }] of untold) {
				// Too soon to count it as lost, but late enough to be worth a word: there will be no other occasion.
				if (endedAtMs + graceMs / 2 > nowMs) continue;
				hasComplained = true;
				return runId;
			}
		},
		patientUntil,
		nextLook({ reasonOwedMs, ...waiting }) {
			const usual = Math.max(patientUntil(waiting), lookedAtMs + gapMs);
			if (reasonOwedMs === undefined) return usual;
			return Math.min(
				usual,
				Math.max(reasonOwedMs + reasonMs.delay, lookedAtMs + reasonMs.gap),
			);
		},
		nextReview: () =>
			Math.min(
				...[...untold.values()].map(({ endedAtMs }) => endedAtMs + graceMs),
			),
	};
}

/** A callback says that a run failed, and not whether moderation refused it: the run itself has to be looked at for that. */
export function owesReason({ state, failure }: Run): boolean {
	return (
		state === "failed" &&
		failure.code === undefined &&
		failure.message === undefined
	);
}

function patientUntil({
	submittedAtMs,
	likelyMs,
	longestMs,
}: Expectation & { readonly submittedAtMs: number }): number {
	const expectedMs = longestMs === undefined ? likelyMs : longestMs * 1.5;
	const { least, most } = patienceMs;
	return submittedAtMs + Math.min(Math.max(expectedMs, least), most);
}
