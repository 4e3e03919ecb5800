import { Failure } from "../errors.ts";
import type { JobContext, Watch } from "../jobs/context.ts";
import { waitForEnd } from "../jobs/wait.ts";
import { problemToFailure, ServiceProblem } from "../runflow/problem.ts";
import { retryDelayMs } from "../runflow/retry.ts";
import type { Run } from "../runflow/schemas.ts";
import { WireError } from "../runflow/wire-error.ts";
import { createTempo } from "./tempo.ts";

interface Entry {
	readonly runId: string;
	readonly clientRef: string;
	readonly submittedAtMs: number;
	readonly context: JobContext;
	readonly resolve: (run: Run) => void;
	readonly reject: (reason: unknown) => void;
	/** Listings in which the run was missing. */
	missed: number;
}

/** A run that the listing leaves out so often is asked for by itself. */
const mostMissed = 3;
const smallestPage = 100;
const largestPage = 500;
/** A batch of ours has one reference for hundreds of runs; more than a few come from elsewhere. */
const mostRefs = 4;

/** Looks at all runs of a batch together: one listing of their shared `client_ref`; each by itself where listing is not allowed. */
export function createWatch(): Watch {
	const entries = new Map<string, Entry>();
	const tempo = createTempo();
	let isLooking = false;
	let canList = true;

	async function lookOn(): Promise<void> {
		isLooking = true;
		try {
			for (let troubles = 0; entries.size > 0 && canList; ) {
				const [first] = entries.values();
				if (first === undefined) break;
				const { clock, random, signal } = first.context;
				const now = clock.now();
				const starts = [...entries.values()].map(
					(entry) => entry.submittedAtMs,
				);
				const paceMs = tempo.nextLook(starts, now) - now;
				const troubleMs =
					troubles < 2 ? 0 : retryDelayMs(troubles - 1, random());
				await clock.sleep(Math.max(paceMs, troubleMs), signal);
				const outcome = await lookAtAll();
				troubles = outcome ? troubles + 1 : 0;
				dropLate();
			}
		} catch (reason) {
			// An interrupt or a refused key ends the loop: every wait ends with it.
			for (const entry of takeAll()) entry.reject(reason);
		} finally {
			isLooking = false;
		}
		// No listing for this key: each run by itself, as if it were alone.
		for (const entry of takeAll()) alone(entry);
	}

	/** True where there was trouble that may pass. */
	async function lookAtAll(): Promise<boolean> {
		const refs = new Set([...entries.values()].map((entry) => entry.clientRef));
		let trouble = false;
		// Runs of which each has its own reference are among the newest of the account.
		if (refs.size > mostRefs) return lookAtNewest();
		for (const ref of refs) {
			const mine = [...entries.values()].filter(
				(entry) => entry.clientRef === ref,
			);
			const [first] = mine;
			if (first === undefined) continue;
			const { client, signal } = first.context;
			try {
				take(await client.listGroup(ref, pageOf(mine), signal), mine);
			} catch (error) {
				trouble = true;
				judge(error, first.context);
			}
		}
		return trouble;
	}

	async function lookAtNewest(): Promise<boolean> {
		const all = [...entries.values()];
		const [first] = all;
		if (first === undefined) return false;
		const { client, signal } = first.context;
		try {
			take(await client.listRuns(pageOf(all), signal), all);
			return false;
		} catch (error) {
			judge(error, first.context);
			return true;
		}
	}

	function take(runs: readonly Run[], mine: readonly Entry[]): void {
		const byId = new Map(runs.map((run) => [run.id, run]));
		for (const entry of mine) {
			const run = byId.get(entry.runId);
			if (run === undefined) {
				entry.missed += 1;
				if (entry.missed < mostMissed) continue;
				entries.delete(entry.runId);
				alone(entry);
				continue;
			}
			const sinceMs = entry.context.clock.now() - entry.submittedAtMs;
			if (
				run.state === "succeeded" ||
				run.state === "failed" ||
				run.state === "canceled"
			) {
				tempo.learn(run, sinceMs);
				entries.delete(entry.runId);
				entry.resolve(run);
			} else
				entry.context.emit({
					type: "state",
					state: run.state,
					status: run.status,
					sinceMs,
				});
		}
	}

	function judge(error: unknown, { emit }: JobContext): void {
		if (error instanceof ServiceProblem) {
			// The key itself is refused: no other way of asking helps.
			if (error.fromService && error.status === 401)
				throw problemToFailure(error);
			const isRefused = [400, 403, 404, 405, 422].includes(error.status);
			if (isRefused && error.fromService) {
				canList = false;
				emit({
					type: "note",
					text: `runs can't be listed (${error.message}): each is asked for by itself`,
				});
				return;
			}
		} else if (!(error instanceof WireError)) throw error;
		emit({
			type: "note",
			text: `${error.message}; the runs go on, still waiting`,
		});
	}

	/** What stays beyond its time is left to a later command. */
	function dropLate(): void {
		for (const entry of entries.values()) {
			const { clock, deadlineMs, resumeCommand } = entry.context;
			if (clock.now() < deadlineMs) continue;
			entries.delete(entry.runId);
			entry.reject(
				new Failure("timeout", `run ${entry.runId} is still going on`, {
					hint: `it is paid and nothing is lost: ${resumeCommand}`,
					retryable: true,
					charged: "yes",
				}),
			);
		}
	}

	function takeAll(): readonly Entry[] {
		const all = [...entries.values()];
		entries.clear();
		return all;
	}

	return {
		waitForEnd(runId, clientRef, submittedAtMs, context) {
			return new Promise((resolve, reject) => {
				const entry = {
					runId,
					clientRef,
					submittedAtMs,
					context,
					resolve,
					reject,
					missed: 0,
				};
				if (!canList) return alone(entry);
				entries.set(runId, entry);
				if (!isLooking) void lookOn();
			});
		},
	};
}

function alone({
	runId,
	submittedAtMs,
	context,
	resolve,
	reject,
}: Entry): void {
	waitForEnd(runId, submittedAtMs, context).then(resolve, reject);
}

/** Newest first, twice as many as are under way: those that just ended are still on it. */
function pageOf(entries: readonly Entry[]): number {
	return Math.min(Math.max(entries.length * 2, smallestPage), largestPage);
}
