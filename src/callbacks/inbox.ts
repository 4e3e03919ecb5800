import type { Run } from "../runflow/schemas.ts";

/** Tells of the ends of runs. */
export interface Ends {
	/**
	 * Calls `told` once, as soon as the end of this run is known, which it may be already: a callback can come before the answer
	 * that names the run. Never before this has returned, and never after the function that it returns was called.
	 */
	onEnd(runId: string, told: (run: Run) => void): () => void;
}

/** Ends that have come, for those who wait and those who will. */
export interface Inbox extends Ends {
	/** Takes the end of a run; false where it is known already, in which case the first word holds. */
	put(run: Run): boolean;
}

/**
 * So many ends are remembered: of a run that nobody waits for yet, and against a callback that comes twice, minutes later. They are told
 * by some hundred a minute at most, and are about 2 kB each.
 */
const mostRemembered = 4_000;

export function createInbox(most = mostRemembered): Inbox {
	const ends = new Map<string, Run>();
	const waiting = new Map<string, Set<(run: Run) => void>>();

	function take(runId: string): ReadonlySet<(run: Run) => void> {
		const all = waiting.get(runId);
		waiting.delete(runId);
		return all ?? new Set();
	}

	return {
		onEnd(runId, told) {
			const known = ends.get(runId);
			let isWanted = true;
			const tell = (run: Run) => {
				if (isWanted) told(run);
			};
			if (known) queueMicrotask(() => tell(known));
			else {
				const others = waiting.get(runId) ?? new Set();
				waiting.set(runId, others.add(tell));
			}
			return () => {
				isWanted = false;
				const others = waiting.get(runId);
				others?.delete(tell);
				if (others?.size === 0) waiting.delete(runId);
			};
		},
		put(run) {
			if (ends.has(run.id)) return false;
			ends.set(run.id, run);
			for (const oldest of ends.keys()) {
				if (ends.size <= most) break;
				ends.delete(oldest);
			}
			for (const tell of take(run.id)) tell(run);
			return true;
		},
	};
}
