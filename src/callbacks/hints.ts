/** Tells which runs have most likely ended. */
export interface Hints {
	/**
	 * Calls `onEnd` each time that a callback of this run comes, and once if one has come already: it can be quicker than the answer that
	 * names the run. Never before this has returned, and never after the function that it returns was called.
	 */
	subscribe(runId: string, onEnd: () => void): () => void;
}

/**
 * Callbacks that have come, for those who wait and those who will.
 * @param capacity how many runs are remembered that nobody waits for yet; the oldest is dropped first
 */
export function createHintBuffer(capacity = 4_000) {
	const early = new Set<string>();
	const subscribers = new Map<string, () => void>();
	return {
		subscribe(runId: string, onEnd: () => void): () => void {
			let isWanted = true;
			const tell = () => {
				if (isWanted) onEnd();
			};
			if (early.delete(runId)) queueMicrotask(tell);
			subscribers.set(runId, tell);
			return () => {
				isWanted = false;
				if (subscribers.get(runId) === tell) subscribers.delete(runId);
			};
		},
		/** A callback of this run has come. */
		publish(runId: string): void {
			const tell = subscribers.get(runId);
			if (tell) tell();
			else early.add(runId);
			const [oldest = ""] = early;
			if (early.size > capacity) early.delete(oldest);
		},
	};
}
