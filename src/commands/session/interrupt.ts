import { setMaxListeners } from "node:events";
import { Failure } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";

/** SIGINT and SIGTERM: the first ends the work in order, the second at once. */
export interface Interrupt {
	/** Aborts when nothing more is to be bought; what is bought is still saved. */
	readonly noMore: AbortSignal;
	/** 130 or 143 after an interrupt. */
	readonly code: () => number | undefined;
	/** Calls `tell` where a second interrupt ends the process at once; the answer takes it off again. */
	readonly onLeave: (tell: () => void) => () => void;
}

/**
 * @param isGraceful a first interrupt only ends the buying
 * @param tell what becomes of what was begun
 */
export function listenForInterrupt(
	{ onSignal, exit }: Pick<Runtime, "onSignal" | "exit">,
	isGraceful: boolean,
	tell: () => void,
): Interrupt & { readonly signal: AbortSignal; readonly forget: () => void } {
	const controller = new AbortController();
	const noMore = new AbortController();
	// Each image listens: Node would warn of a leak at the eleventh.
	setMaxListeners(0, controller.signal, noMore.signal);
	const leaving = new Set<() => void>();
	let code: number | undefined;
	const forget = onSignal((signal) => {
		if (signal !== "SIGPIPE") {
			if (code !== undefined) {
				// Last in, first out: what was opened first is needed until the end.
				for (const leave of [...leaving].reverse()) leave();
				exit(code);
			}
			code = signal === "SIGTERM" ? 143 : 130;
			tell();
		}
		const reason = new Failure("interrupted", `stopped by ${signal}`);
		noMore.abort(reason);
		if (!isGraceful) controller.abort(reason);
	});
	return {
		signal: controller.signal,
		noMore: noMore.signal,
		code: () => code,
		onLeave(leave) {
			leaving.add(leave);
			return () => leaving.delete(leave);
		},
		forget,
	};
}
