import type { Clock } from "../src/runtime.ts";

/**
 * A clock that waits for nobody: when everything else has had its turn, it jumps to the sleeper that is due next.
 * Sleeps side by side therefore overlap, as real ones do.
 */
export class FakeClock implements Clock {
	/** Every sleep that was asked for, in milliseconds. */
	readonly sleeps: number[] = [];
	#elapsed = Date.UTC(2026, 10, 3, 12);
	#shift = 0;
	readonly #sleepers: { readonly due: number; readonly wake: () => void }[] =
		[];

	now(): number {
		return this.#elapsed + this.#shift;
	}

	elapsed(): number {
		return this.#elapsed;
	}

	advance(ms: number): void {
		this.#elapsed += ms;
	}

	/** The same clock for somebody at whose sleeps something happens first. */
	before(act: (signal: AbortSignal | undefined) => unknown): Clock {
		return {
			now: () => this.now(),
			elapsed: () => this.elapsed(),
			sleep: async (ms, signal) => {
				await act(signal);
				await this.sleep(ms, signal);
			},
		};
	}

	/** Somebody sets the time of day: no time passes. */
	setForward(ms: number): void {
		this.#shift += ms;
	}

	sleep(ms: number, signal?: AbortSignal): Promise<void> {
		this.sleeps.push(ms);
		return new Promise((resolve, reject) => {
			if (signal?.aborted) return reject(signal.reason);
			const abort = () => {
				this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1);
				reject(signal?.reason);
			};
			const wake = () => {
				signal?.removeEventListener("abort", abort);
				resolve();
			};
			const sleeper = { due: this.#elapsed + ms, wake };
			this.#sleepers.push(sleeper);
			this.#sleepers.sort((a, b) => a.due - b.due);
			signal?.addEventListener("abort", abort, { once: true });
			setImmediate(() => this.#wakeNext());
		});
	}

	#wakeNext(): void {
		const next = this.#sleepers.shift();
		if (next === undefined) return;
		this.#elapsed = Math.max(this.#elapsed, next.due);
		next.wake();
	}
}
