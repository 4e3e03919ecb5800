import type { Clock } from "../../runtime.ts";

interface Waiter {
	readonly admit: () => void;
	readonly refuse: (reason: unknown) => void;
}

const firstRuns = 4;
/** A burst of refusals is one answer to one pace, and halves it once. */
const calmMs = 1_000;

/** How many runs may be under way at once: a slow start, fewer when the service asks for it, more while it goes well. */
export class AdaptiveLimiter {
	readonly #most: number;
	readonly #clock: Pick<Clock, "elapsed">;
	/** In the order in which they came. */
	readonly #waiting = new Set<Waiter>();
	#closedFor: { readonly reason: unknown } | undefined;
	#allowed: number;
	#running = 0;
	#decreasedAtMs = Number.NEGATIVE_INFINITY;

	/** @param most runs at once that the user allows */
	constructor(most: number, clock: Pick<Clock, "elapsed">) {
		this.#most = most;
		this.#clock = clock;
		this.#allowed = Math.min(firstRuns, most);
	}

	/** Resolves when there is room for one more run; rejects with the signal's reason when that aborts. */
	acquire(signal: AbortSignal): Promise<void> {
		return new Promise((resolve, reject) => {
			if (this.#closedFor) return reject(this.#closedFor.reason);
			if (signal.aborted) return reject(signal.reason);
			const leaveQueue = () => {
				this.#waiting.delete(waiter);
				signal.removeEventListener("abort", onAbort);
			};
			const waiter: Waiter = {
				admit() {
					leaveQueue();
					resolve();
				},
				refuse(reason) {
					leaveQueue();
					reject(reason);
				},
			};
			const onAbort = () => waiter.refuse(signal.reason);
			signal.addEventListener("abort", onAbort);
			this.#waiting.add(waiter);
			this.#admitWaiting();
		});
	}

	/**
	 * Counts a run that is under way already. It waits for nobody: those who have the room may be waiting for its bill, as long as
	 * a limit has no room beside it.
	 */
	join(): void {
		this.#running += 1;
	}

	/** A run is no longer under way. */
	release(): void {
		this.#running -= 1;
		this.#admitWaiting();
	}

	/** From now on nobody gets in: those who wait, and all who come, are told why. The first reason counts. */
	close(reason: unknown): void {
		this.#closedFor ??= { reason };
		for (const waiter of [...this.#waiting])
			waiter.refuse(this.#closedFor.reason);
	}

	/** The service took a run. */
	increase(): void {
		this.#allowed = Math.min(this.#allowed + 1, this.#most);
		this.#admitWaiting();
	}

	/** The service said that this is too much. */
	decrease(): void {
		const nowMs = this.#clock.elapsed();
		if (nowMs - this.#decreasedAtMs < calmMs) return;
		this.#decreasedAtMs = nowMs;
		this.#allowed = Math.max(1, Math.floor(this.#allowed / 2));
	}

	#admitWaiting(): void {
		for (const waiter of this.#waiting) {
			if (this.#running >= this.#allowed) return;
			this.#running += 1;
			waiter.admit();
		}
	}
}
