import type { Hints } from "../../callbacks/hints.ts";
import { retryDelayMs } from "../../runflow/retry.ts";
import type { Run } from "../../runflow/schemas.ts";
import type { Poller } from "../context.ts";
import { judgeTrouble, pollListings } from "./poll-listing.ts";
import { createPollSchedule } from "./poll-schedule.ts";
import { waitForEnd } from "./wait.ts";
import { createWaits, type Wait } from "./waits.ts";
import { createWakeableSleep } from "./wakeable-sleep.ts";

interface PollerOptions {
	/** Whose callbacks say which runs have ended; undefined where nobody listens. */
	readonly callbacks?: Hints | undefined;
}

/** A run that the listing leaves out so often is asked for by itself. */
const mostMissed = 3;
/** Between looks while callbacks are listened for, in milliseconds: they only make sure. */
const listeningGapMs = 15_000;
/** A timer may wake a hair before its time by the clock that is asked. */
const earlyMs = 20;
/** A run whose callback has come may go on for a moment by the reading of another region: read again so often, after so long. */
const hintedReads = { most: 4, gapMs: 500 };

/**
 * Looks at all runs of a command together: one listing of their shared `client_ref`; each by itself where listing is not allowed.
 * A callback is a hint: it wakes the poller, which reads that run. What it says is not believed, and that it comes is not counted on.
 */
export function createPoller({ callbacks }: PollerOptions = {}): Poller {
	const waits = createWaits();
	const hinted = new Set<Wait>();
	const schedule = createPollSchedule();
	const sleeper = createWakeableSleep();
	let isLooking = false;
	let canList = true;
	let lookedAtMs = Number.NEGATIVE_INFINITY;
	let hasHeard = false;
	let hasComplained = false;

	async function lookOn(): Promise<void> {
		isLooking = true;
		try {
			let notBeforeMs = 0;
			for (let troubles = 0; canList; ) {
				const first = waits.first();
				if (first === undefined) break;
				const { clock, random, signal } = first.context;
				const dueMs = nextPoll(clock.elapsed(), notBeforeMs);
				await sleeper.sleep(
					Math.max(dueMs - clock.elapsed(), 0),
					clock,
					signal,
				);
				await readHinted();
				// Woken by a callback: the next look may be later now, or not be needed.
				if (clock.elapsed() < dueMs - earlyMs) continue;
				troubles = (await look()) ? troubles + 1 : 0;
				lookedAtMs = clock.elapsed();
				const pauseMs = troubles < 2 ? 0 : retryDelayMs(troubles - 1, random());
				notBeforeMs = clock.elapsed() + pauseMs;
				waits.dropLate();
			}
		} catch (reason) {
			// An interrupt or a refused key ends the loop: every wait ends with it.
			for (const wait of waits.removeAll()) wait.reject(reason);
		} finally {
			isLooking = false;
		}
		// No listing for this key: each run by itself, as if it were alone.
		for (const wait of waits.removeAll()) alone(wait);
	}

	/** By `Clock.elapsed`. */
	function nextPoll(nowMs: number, notBeforeMs: number): number {
		const all = waits.all();
		const deadlines = all.map(({ context }) => context.deadlineMs);
		const starts = all.map(({ submittedAtMs }) => submittedAtMs);
		const usual = schedule.nextPoll(starts, nowMs);
		const wanted = callbacks
			? Math.max(
					usual,
					Math.max(lookedAtMs, Math.min(...starts)) + listeningGapMs,
				)
			: usual;
		// Nothing is given up late, nor before a last look.
		return Math.min(Math.max(wanted, notBeforeMs), ...deadlines);
	}

	/** True where there was trouble that may pass. */
	async function look(): Promise<boolean> {
		let trouble = false;
		for await (const { mine, runs, error } of pollListings(waits.all())) {
			if (runs) {
				take(runs, mine);
				continue;
			}
			trouble = true;
			const { note, isRefused } = judgeTrouble(error);
			if (isRefused) canList = false;
			mine[0]?.context.emit({ type: "note", text: note });
		}
		return trouble;
	}

	function take(runs: readonly Run[], mine: readonly Wait[]): void {
		const byId = new Map(runs.map((run) => [run.id, run]));
		for (const wait of mine) {
			// Its callback came while the listing was on its way.
			if (!waits.has(wait)) continue;
			const run = byId.get(wait.runId);
			if (run && hasEnded(run)) {
				complain(wait);
				settle(wait, run);
				continue;
			}
			if (run) tell(wait, run);
			else wait.missed += 1;
			if (wait.missed < mostMissed) continue;
			waits.remove(wait);
			alone(wait);
		}
	}

	function settle(wait: Wait, run: Run): void {
		schedule.learn(run, wait.context.clock.elapsed() - wait.submittedAtMs);
		waits.settle(wait, run);
	}

	/** Reads the runs whose callbacks have come. */
	async function readHinted(): Promise<void> {
		const mine = [...hinted].filter((wait) => waits.has(wait));
		hinted.clear();
		await Promise.all(mine.map(readOne));
	}

	async function readOne(wait: Wait): Promise<void> {
		const { client, clock, signal } = wait.context;
		try {
			const run = await client.readRun(wait.runId, signal);
			if (!waits.has(wait)) return;
			if (hasEnded(run)) return settle(wait, run);
		} catch (error) {
			wait.context.emit({ type: "note", text: judgeTrouble(error).note });
		}
		wait.hintedReads += 1;
		if (wait.hintedReads >= hintedReads.most) return;
		// Not awaited: the others need not wait for it.
		clock.sleep(hintedReads.gapMs, signal).then(
			() => hint(wait),
			() => {},
		);
	}

	function hint(wait: Wait): void {
		hasHeard = true;
		hinted.add(wait);
		sleeper.wake();
	}

	/** Said once: a look found the end of a run, and no callback at all has come. */
	function complain({ runId, context }: Wait): void {
		if (callbacks === undefined || hasHeard || hasComplained) return;
		hasComplained = true;
		context.emit({
			type: "note",
			text: `no callback came for run ${runId}: asking the service instead (does the callback URL reach this machine?)`,
		});
	}

	function alone({ runId, submittedAtMs, context, resolve, reject }: Wait) {
		waitForEnd(runId, submittedAtMs, context).then(resolve, reject);
	}

	return {
		waitForEnd(runId, clientRef, submittedAtMs, context) {
			return new Promise((resolve, reject) => {
				const wait: Wait = {
					...{ runId, clientRef, submittedAtMs, context, resolve, reject },
					forget: () => {},
					missed: 0,
					hintedReads: 0,
				};
				if (!canList) return alone(wait);
				waits.add(wait);
				if (callbacks)
					wait.forget = callbacks.subscribe(runId, () => hint(wait));
				if (!isLooking) void lookOn();
			});
		},
	};
}

function hasEnded({ state }: Run): boolean {
	return state === "succeeded" || state === "failed" || state === "canceled";
}

function tell({ context, submittedAtMs }: Wait, { state, status }: Run): void {
	if (state !== "queued" && state !== "running" && state !== "unknown") return;
	const sinceMs = context.clock.elapsed() - submittedAtMs;
	context.emit({ type: "state", state, status, sinceMs });
}
