import { hrtime } from "node:process";
import type { Dispatcher } from "undici";

/** The world that a command runs in. Everything outside the program is reached through it, so tests pass in their own. */
export interface Runtime {
	/** The words after the program's name. */
	readonly argv: readonly string[];
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly cwd: string;
	/** Home folder of the user. */
	readonly home: string;
	readonly platform: NodeJS.Platform;
	readonly stdin: InputStream;
	readonly stdout: OutputStream;
	/** Whether stdout was closed before the start (`>&-`), so that what is written is lost. */
	readonly isStdoutClosed: () => boolean;
	readonly stderr: OutputStream;
	readonly clock: Clock;
	/** A number in [0, 1), for jitter and seeds. */
	readonly random: () => number;
	/** Calls the listener at each interrupt, `SIGPIPE` when the reader of stdout has left; the answer takes it off again. */
	readonly onSignal: (listener: (signal: Signal) => void) => () => void;
	/** Calls `before` when the process is suspended by Ctrl-Z, and `after` once it goes on; the answer takes both off again. */
	readonly onSuspend: (before: () => void, after: () => void) => () => void;
	/** For tests: takes the place of real sockets. */
	readonly dispatcher?: Dispatcher | undefined;
	/** Ends the process now; only a second interrupt may do this. */
	readonly exit: (code: number) => never;
}

export type Signal = "SIGINT" | "SIGTERM" | "SIGPIPE";

/** Stamps are taken by `now`; deadlines and durations by `elapsed`, as the time of day may be set while we wait. */
export interface Clock {
	/** Milliseconds since 1970, by the machine's time of day. */
	now(): number;
	/** Milliseconds since some moment of this process; never set back or forward (a monotonic clock). */
	elapsed(): number;
	/** Resolves after `ms` milliseconds; rejects with the signal's reason when that aborts first. */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export type InputStream = NodeJS.ReadableStream & { readonly isTTY?: boolean };

export type OutputStream = NodeJS.WritableStream & {
	readonly isTTY?: boolean;
	/** Width in characters; 0 or missing where it is not known. */
	readonly columns?: number;
	/** Height in lines, on a terminal. */
	readonly rows?: number;
};

export const systemClock: Clock = {
	now: () => Date.now(),
	// Not by `performance`, which Node loads at its first use: a tenth of the time of a bare Node.
	elapsed: () => Number(hrtime.bigint()) / 1e6,
	sleep: (ms, signal) =>
		new Promise((resolve, reject) => {
			if (signal?.aborted) return reject(signal.reason);
			const stop = () => {
				clearTimeout(timer);
				reject(signal?.reason);
			};
			const timer = setTimeout(() => {
				signal?.removeEventListener("abort", stop);
				resolve();
			}, ms);
			signal?.addEventListener("abort", stop, { once: true });
		}),
};

/** The time of day `atMs` (milliseconds since 1970) on the clock of durations; what lies ahead by a clock that was set counts as now. */
export function elapsedAt(clock: Clock, atMs: number): number {
	return clock.elapsed() - Math.max(clock.now() - atMs, 0);
}
