/** Tells which runs have most likely ended. */
export interface Hints {
	/**
	 * Calls `told` once, as soon as a callback of this run has come, which may be already: it can come before the answer that
	 * names the run. Never before this has returned, and never after the function that it returns was called.
	 */
	onHint(runId: string, told: () => void): () => void;
}

/** Callbacks that have come, for those who wait and those who will. */
export interface Inbox extends Hints {
	/** A callback of this run has come. */
	put(runId: string): void;
}

/** So many are remembered of runs that nobody waits for yet. */
const mostRemembered = 4_000;

export function createInbox(most = mostRemembered): Inbox {
	const come = new Set<string>();
	const waiting = new Map<string, () => void>();
	return {
		onHint(runId, told) {
			let isWanted = true;
			const tell = () => {
				if (isWanted) told();
			};
			if (come.delete(runId)) queueMicrotask(tell);
			else waiting.set(runId, tell);
			return () => {
				isWanted = false;
				if (waiting.get(runId) === tell) waiting.delete(runId);
			};
		},
		put(runId) {
			const tell = waiting.get(runId);
			if (tell) return tell();
			come.add(runId);
			const [oldest = ""] = come;
			if (come.size > most) come.delete(oldest);
		},
	};
}
