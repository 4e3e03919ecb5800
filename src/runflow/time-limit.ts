import { type Clock, systemClock } from "../runtime.ts";

export type TimeLimit = ReturnType<typeof startLimit>;

/**
 * A signal that aborts after a time in milliseconds, or with another signal. Not AbortSignal.any: thousands of them on
 * one signal that lives for hours are not let go.
 * @param reason what it aborts with when the time is over
 */
export function startLimit(
	other: AbortSignal | undefined,
	afterMs: number,
	reason: () => unknown,
	clock: Pick<Clock, "sleep"> = systemClock,
) {
	const controller = new AbortController();
	const done = new AbortController();
	const pass = () => controller.abort(other?.reason);
	if (other?.aborted) pass();
	other?.addEventListener("abort", pass, { once: true });
	clock.sleep(afterMs, done.signal).then(
		() => controller.abort(reason()),
		() => {},
	);
	return {
		signal: controller.signal,
		/** The work is done: nothing is left that keeps the process alive. */
		end() {
			done.abort();
			other?.removeEventListener("abort", pass);
		},
	};
}
