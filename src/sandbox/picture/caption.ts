import type { Rgb } from "./canvas.ts";
import { type Lettering, widthOf, wrap } from "./lettering.ts";

export interface Caption {
	readonly lines: readonly Lettering[];
	/** Where it begins, in pixels from the top. */
	readonly top: number;
}

const white: Rgb = [255, 255, 255];
const pale: Rgb = [222, 226, 232];
const TITLE = "SANDBOX";
const TITLE_SPACING = 4.5;
const SPACING = 2.6;
/** Letters smaller than this are no longer letters. */
const SMALLEST = 5;

/** The words of a picture, in its lower left corner: that it is a test, of what prompt, of what seed. */
export function layOutCaption(
	{ prompt, seed, model }: { prompt: string; seed: number; model: string },
	width: number,
	height: number,
): Caption {
	const margin = Math.max(1, Math.min(width, height) * 0.055);
	const room = width - 2 * margin;
	const column = width > height * 1.2 ? room * 0.66 : room;
	const titleSize = Math.min(
		height * 0.075,
		(room / widthOf(TITLE, 1, TITLE_SPACING)) * 0.98,
	);
	const size = Math.max(SMALLEST, Math.min(height, width * 0.8) * 0.0225);
	const most = Math.max(
		0,
		Math.min(3, Math.floor((height * 0.5 - titleSize - 2 * size) / (size * 2))),
	);
	const facts = `seed ${seed} · ${model} · ${width} × ${height}`;
	const lines: Lettering[] = [];
	let y = height - margin;
	const add = (
		text: string,
		lineSize: number,
		gap: number,
		look: Partial<Lettering>,
	) => {
		lines.unshift({
			text,
			x: margin,
			y,
			size: lineSize,
			weight: 0.85,
			spacing: SPACING,
			color: white,
			...look,
		});
		y -= lineSize + gap;
	};
	if (most > 0) {
		for (const text of wrap(facts, column, size * 0.8, SPACING, 1))
			add(text, size * 0.8, size * 1.2, { color: pale, weight: 0.75 });
		for (const text of wrap(prompt, column, size, SPACING, most).toReversed())
			add(text, size, size * 0.95, {});
		y -= size * 0.35;
	}
	add(TITLE, titleSize, 0, { weight: 1.05, spacing: TITLE_SPACING });
	return { lines, top: y - titleSize * 0.2 };
}
