import path from "node:path";
import type { Failure } from "../../errors.ts";
import { escaped } from "../../system/escape.ts";
import { drawPicture } from "../../terminal/picture.ts";
import type { Session, SessionOptions } from "./session.ts";

/**
 * Shows images in the terminal one after the other. A picture there is a kindness: where it can't be shown, that is said once, and nothing fails. As a setting
 * it speaks up only where somebody can see it.
 * @param hasNames for several: the name of each stands above it
 */
export function openPreviews(
	{ color, quiet }: SessionOptions,
	hasNames: boolean,
	{ settings, runtime, reporter, signal }: Session,
) {
	const { value, source } = settings.preview;
	const isFlag = source === "flag";
	const isWanted = value && (isFlag || (runtime.stderr.isTTY && !quiet));
	const told = new Set<string>();
	const note = (text: string) => {
		if (!told.has(text)) reporter.note(text);
		told.add(text);
	};
	const show = async (file: string) => {
		if (signal.aborted) return;
		try {
			const target = path.resolve(runtime.cwd, file);
			const picture = await drawPicture(target, runtime, { color });
			const name = hasNames ? `${escaped(file)}\n` : "";
			// At once, as a spinner draws itself below whatever is written.
			runtime.stderr.write(`${name}${picture}`);
		} catch (error) {
			const { message, hint } = error as Failure;
			note(hint ? `${message}; ${hint}` : message);
		}
	};
	let last = Promise.resolve();
	return {
		/** @param file as it was told; `-` is stdout */
		add(file: string): void {
			if (!isWanted) return;
			if (file !== "-") last = last.then(() => show(file));
			else if (isFlag) note("no preview: the image goes to stdout");
		},
		shown: () => last,
	};
}
