import type { Clock } from "../../runtime.ts";

/** A sleep that can be cut short: nobody may wait, nor the process stay alive, for a time that has lost its reason. */
export interface WakeableSleep {
	/** Resolves after `ms` milliseconds or when woken; rejects with the signal's reason when that aborts. */
	sleep(ms: number, clock: Clock, signal: AbortSignal): Promise<void>;
	/** Ends the sleep under way, if there is one. */
	wake(): void;
}

export function createWakeableSleep(): WakeableSleep {
	let sleep: AbortController | undefined;
	return {
		async sleep(ms, clock, signal) {
			const own = new AbortController();
			const interrupt = () => own.abort();
			sleep = own;
			// Not AbortSignal.any: thousands of them on one signal that lives for hours are not let go.
			signal.addEventListener("abort", interrupt, { once: true });
			try {
				signal.throwIfAborted();
				await clock.sleep(ms, own.signal);
			} catch (error) {
				signal.throwIfAborted();
				if (!own.signal.aborted) throw error;
			} finally {
				signal.removeEventListener("abort", interrupt);
				sleep = undefined;
			}
		},
		wake() {
			sleep?.abort();
		},
	};
}
