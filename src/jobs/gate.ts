import type { Clock } from "../runtime.ts";

/** How many runs may be under way at once: a slow start, fewer when the service asks for it, more while it goes well. */
export interface Gate {
	/** Resolves when there is room for one more run; rejects with the signal's reason when that aborts. */
	enter(signal: AbortSignal): Promise<void>;
	/** From now on nobody enters: those who wait, and all who come, are told why. */
	shut(reason: unknown): void;
	/** A run is no longer under way. */
	leave(): void;
	/** The service took a run. */
	speedUp(): void;
	/** The service said that this is too much. */
	slowDown(): void;
}

interface Waiting {
	readonly open: () => void;
	readonly refuse: (reason: unknown) => void;
}

const firstRuns = 4;
/** A burst of refusals is one answer to one pace, and halves it once. */
const calmMs = 1_000;

/** @param most runs at once that the user allows */
export function createGate(most: number, clock: Pick<Clock, "elapsed">): Gate {
	const waiting = new Set<Waiting>();
	let shutFor: { readonly reason: unknown } | undefined;
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
		enter(signal) {
			return new Promise((resolve, reject) => {
				if (shutFor) return reject(shutFor.reason);
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
		shut(reason) {
			shutFor ??= { reason };
			for (const one of [...waiting]) one.refuse(shutFor.reason);
		},
		leave() {
			inside -= 1;
			admit();
		},
		speedUp() {
			allowed = Math.min(allowed + 1, most);
			admit();
		},
		slowDown() {
			if (clock.elapsed() - slowedAtMs < calmMs) return;
			slowedAtMs = clock.elapsed();
			allowed = Math.max(1, Math.floor(allowed / 2));
		},
	};
}
