import type { Clock } from "../../runtime.ts";

/** How many runs may be under way at once: a slow start, fewer when the service asks for it, more while it goes well. */
export interface AdaptiveLimiter {
	/** Resolves when there is room for one more run; rejects with the signal's reason when that aborts. */
	acquire(signal: AbortSignal): Promise<void>;
	/** From now on nobody gets in: those who wait, and all who come, are told why. */
	close(reason: unknown): void;
	/** A run is no longer under way. */
	release(): void;
	/** The service took a run. */
	increase(): void;
	/** The service said that this is too much. */
	decrease(): void;
}

interface Waiting {
	readonly open: () => void;
	readonly refuse: (reason: unknown) => void;
}

const firstRuns = 4;
/** A burst of refusals is one answer to one pace, and halves it once. */
const calmMs = 1_000;

/** @param most runs at once that the user allows */
export function createAdaptiveLimiter(
	most: number,
	clock: Pick<Clock, "elapsed">,
): AdaptiveLimiter {
	const waiting = new Set<Waiting>();
	let closedFor: { readonly reason: unknown } | undefined;
	let allowed = Math.min(firstRuns, most);
	let inside = 0;
	let slowedAtMs = Number.NEGATIVE_INFINITY;

	function admit(): void {
		for (const one of waiting) {
			if (inside >= allowed) return;
			waiting.delete(one);
			inside += 1;
			one.open();
		}
	}

	return {
		acquire(signal) {
			return new Promise((resolve, reject) => {
				if (closedFor) return reject(closedFor.reason);
				if (signal.aborted) return reject(signal.reason);
				const leaveQueue = () => {
					waiting.delete(one);
					signal.removeEventListener("abort", onAbort);
				};
				const refuse = (reason: unknown) => {
					leaveQueue();
					reject(reason);
				};
				const onAbort = () => refuse(signal.reason);
				const open = () => {
					leaveQueue();
					resolve();
				};
				const one = { open, refuse };
				signal.addEventListener("abort", onAbort);
				waiting.add(one);
				admit();
			});
		},
		close(reason) {
			closedFor ??= { reason };
			for (const one of [...waiting]) one.refuse(closedFor.reason);
		},
		release() {
			inside -= 1;
			admit();
		},
		increase() {
			allowed = Math.min(allowed + 1, most);
			admit();
		},
		decrease() {
			if (clock.elapsed() - slowedAtMs < calmMs) return;
			slowedAtMs = clock.elapsed();
			allowed = Math.max(1, Math.floor(allowed / 2));
		},
	};
}
