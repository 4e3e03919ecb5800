import type { Ends } from "../callbacks/inbox.ts";
import type { Watch } from "../jobs/context.ts";
import { retryDelayMs } from "../runflow/retry.ts";
import type { Run } from "../runflow/schemas.ts";
import { waitAlone } from "./alone.ts";
import { judgeTrouble, lookAtAll } from "./look.ts";
import { createNap } from "./nap.ts";
import { createTempo, durationOf } from "./tempo.ts";
import { createTrust, owesReason } from "./trust.ts";
import { createWaits, type Wait } from "./waits.ts";

interface WatchOptions {
	/** Who is told of the ends of runs; undefined where nobody is. */
	readonly callbacks?: Ends | undefined;
}

/** A run that the listing leaves out so often is asked for by itself. */
const mostMissed = 3;

/**
 * Looks at all runs of a batch together: one listing of their shared `client_ref`; each by itself where listing is not allowed.
 * With callbacks a run has ended as soon as it is told, and only what is not told in time is looked at.
 */
export function createWatch({ callbacks }: WatchOptions = {}): Watch {
	const waits = createWaits();
	const tempo = createTempo();
	const trust = callbacks && createTrust();
	const nap = createNap();
	let isLooking = false;
	let canList = true;

	async function lookOn(): Promise<void> {
		isLooking = true;
		let last: Wait | undefined;
		try {
			let notBeforeMs = 0;
			for (let troubles = 0; canList; ) {
				const first = waits.first();
				if (first === undefined) break;
				last = first;
				const { clock, random, signal } = first.context;
				const dueMs = () => nextLook(clock.elapsed(), notBeforeMs);
				const wakeMs = Math.min(dueMs(), trust?.nextReview() ?? Infinity);
				await nap.take(Math.max(wakeMs - clock.elapsed(), 0), clock, signal);
				complain(trust?.review(clock.elapsed()), first);
				// Woken by a callback or a new run: the next look may be later now, or not be needed.
				if (trust?.holds() && dueMs() > clock.elapsed()) continue;
				troubles = (await look()) ? troubles + 1 : 0;
				trust?.looked(clock.elapsed());
				complain(trust?.review(clock.elapsed()), first);
				const pauseMs = troubles < 2 ? 0 : retryDelayMs(troubles - 1, random());
				notBeforeMs = clock.elapsed() + pauseMs;
				waits.dropLate();
			}
			if (last) complain(trust?.conclude(last.context.clock.elapsed()), last);
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
	function nextLook(nowMs: number, notBeforeMs: number): number {
		const deadlines = waits.all().map(({ context }) => context.deadlineMs);
		// Nothing is given up late, nor before a last look.
		return Math.min(Math.max(wantedLook(nowMs), notBeforeMs), ...deadlines);
	}

	function wantedLook(nowMs: number): number {
		const all = waits.all();
		const starts = all.map(({ submittedAtMs }) => submittedAtMs);
		if (!trust?.holds()) return tempo.nextLook(starts, nowMs);
		const owed = all.flatMap(({ told }) => (told ? [told.atMs] : []));
		return trust.nextLook({
			...expectationOf(all),
			submittedAtMs: Math.min(...starts),
			reasonOwedMs: owed.length === 0 ? undefined : Math.min(...owed),
		});
	}

	function expectationOf(all: readonly Wait[]) {
		const likely = all.map(({ context }) => context.likelyEndMs.to);
		return { likelyMs: Math.max(...likely), longestMs: tempo.longestMs() };
	}

	/** True where there was trouble that may pass. */
	async function look(): Promise<boolean> {
		let trouble = false;
		for await (const { mine, runs, error } of lookAtAll(waits.all())) {
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
			// Told while the listing was on its way.
			if (!waits.has(wait)) continue;
			const run = byId.get(wait.runId);
			if (run && hasEnded(run)) {
				found(wait, run);
				continue;
			}
			if (run === undefined || wait.told) wait.missed += 1;
			if (wait.missed < mostMissed) {
				if (run) tell(wait, run);
			} else if (wait.told) waits.settle(wait, wait.told.run);
			else {
				waits.remove(wait);
				alone(wait);
			}
		}
	}

	/** A look showed the end of a run. */
	function found(wait: Wait, run: Run): void {
		const sinceMs = wait.context.clock.elapsed() - wait.submittedAtMs;
		const tookMs = Math.min(durationOf(run) ?? sinceMs, sinceMs);
		const endedAtMs = wait.submittedAtMs + tookMs;
		tempo.learn(run, sinceMs);
		// The callback of a run that had ended before anybody waited for it may have come to nobody.
		if (trust?.holds() && !wait.told && endedAtMs >= wait.sinceMs) {
			trust.missed(wait.runId, endedAtMs, wait.forget);
			wait.forget = () => {};
		}
		waits.settle(wait, run);
	}

	/** A callback told the end of a run, which a look may have shown already. */
	function told(wait: Wait, run: Run): void {
		const atMs = wait.context.clock.elapsed();
		trust?.told(run.id, atMs);
		if (!waits.has(wait)) return;
		if (owesReason(run)) wait.told = { run, atMs };
		else {
			tempo.learn(run, atMs - wait.submittedAtMs);
			waits.settle(wait, run);
		}
		nap.wake();
	}

	function alone(wait: Wait): void {
		const { submittedAtMs, resolve, reject } = wait;
		const patientUntilMs =
			trust?.holds() && !wait.told
				? trust.patientUntil({ submittedAtMs, ...expectationOf([wait]) })
				: 0;
		waitAlone(wait, callbacks, patientUntilMs).then(resolve, reject);
	}

	return {
		waitForEnd(runId, clientRef, submittedAtMs, context) {
			return new Promise((resolve, reject) => {
				const wait: Wait = {
					runId,
					clientRef,
					submittedAtMs,
					context,
					resolve,
					reject,
					sinceMs: context.clock.elapsed(),
					forget: () => {},
					missed: 0,
				};
				if (!canList) return alone(wait);
				waits.add(wait);
				if (callbacks)
					wait.forget = callbacks.onEnd(runId, (run) => told(wait, run));
				if (trust?.holds()) nap.wake();
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

/** Callbacks should have come, and did not. */
function complain(runId: string | undefined, { context }: Wait): void {
	if (runId === undefined) return;
	context.emit({
		type: "note",
		text: `no callback came for run ${runId}: asking the service instead (does the callback URL reach this machine?)`,
	});
}
