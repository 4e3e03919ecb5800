import type { Runtime } from "../../runtime.ts";
import { canAnimate, canColor, createSpinner } from "../../terminal/style.ts";

export type Count = (done: number, total: number) => void;

export type Counter = Awaited<ReturnType<typeof startCounter>>;

/** On a terminal: a line that counts, and is gone at the end. */
export async function startCounter(
	runtime: Runtime,
	{ quiet, color }: { readonly quiet?: boolean; readonly color?: boolean },
) {
	const { stderr, env } = runtime;
	let line = "";
	const isShown = !quiet && canAnimate(stderr, env);
	const hasColor = color !== false && canColor(stderr, env);
	const spinner = isShown
		? await createSpinner(runtime, hasColor, () => line)
		: undefined;
	spinner?.start();
	return {
		/** @param what is counted: `thumbnails` */
		of:
			(what: string): Count =>
			(done, total) => {
				line = `${done} of ${total} ${what}`;
			},
		stop: () => spinner?.stop(),
	};
}
