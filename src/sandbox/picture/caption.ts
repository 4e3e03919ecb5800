import type { Rgb } from "./canvas.ts";
import { type Lettering, widthOf, wrap } from "./lettering.ts";

export interface Caption {
	readonly lines: readonly Lettering[];
	/** Where it begins, in pixels from the top. */
	readonly top: number;
}

interface Words {
	readonly prompt: string;
	readonly seed: number;
	readonly model: string;
}

/** A line that has no place yet. */
interface Row extends Omit<Lettering, "x" | "y"> {
	/** Pixels that stay free below it. */
	readonly gap: number;
}

const white: Rgb = [255, 255, 255];
const pale: Rgb = [222, 226, 232];
const TITLE = "SANDBOX";
const TITLE_SPACING = 4.5;
const SPACING = 2.6;
const PROMPT_LINES = 3;
/** Height in pixels of the smallest letters that can be read. */
const SMALLEST = 5;
const SMALLEST_TITLE = 10;

/**
 * The words of a picture, in its lower left corner: that it comes from the sandbox, of what prompt, of what seed. Small pictures have less of
 * them, the smallest only the first.
 */
export function layOutCaption(
	words: Words,
	width: number,
	height: number,
): Caption {
	const margin = Math.max(1, Math.min(width, height) * 0.055);
	const rows = rowsOf(words, width, height, width - 2 * margin);
	let y = height - margin;
	const lines: Lettering[] = [];
	for (const { gap, ...row } of rows.toReversed()) {
		y -= gap;
		lines.unshift({ ...row, x: margin, y });
		y -= row.size;
	}
	return { lines, top: y - margin / 3 };
}

function rowsOf(
	{ prompt, seed, model }: Words,
	width: number,
	height: number,
	room: number,
): readonly Row[] {
	const titleSize = Math.min(
		Math.max(SMALLEST_TITLE, Math.min(height * 0.075, width * 0.1)),
		(room / widthOf(TITLE, 1, TITLE_SPACING)) * 0.98,
	);
	const title = {
		text: TITLE,
		size: titleSize,
		weight: 1.05,
		spacing: TITLE_SPACING,
		color: white,
	};
	const size = Math.max(SMALLEST, Math.min(height, width * 1.1) * 0.0225);
	const linesThatFit = Math.floor((height * 0.5 - titleSize) / (size * 2)) - 1;
	if (linesThatFit < 1 || titleSize < size * 1.6) return [{ ...title, gap: 0 }];

	const column = width > height * 1.2 ? room * 0.66 : room;
	const look = { weight: 0.85, spacing: SPACING, color: white };
	const small = { ...look, size: Math.max(SMALLEST, size * 0.8), color: pale };
	const facts = `seed ${seed} · ${model} · ${width} × ${height}`;
	const most = Math.min(PROMPT_LINES, linesThatFit);
	return [
		{ ...title, gap: size * 1.3 },
		...wrap(prompt, column, size, SPACING, most).map((text) => ({
			...look,
			text,
			size,
			gap: size * 0.95,
		})),
		...wrap(facts, column, small.size, SPACING, 1).map((text) => ({
			...small,
			text,
			gap: 0,
		})),
	];
}
