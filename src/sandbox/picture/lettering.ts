import { type Canvas, type LineEnd, type Rgb, strokeLine } from "./canvas.ts";
import { type Shape, shapesOf } from "./strokes.ts";

export interface Lettering {
	readonly text: string;
	/** Left end of the line that the letters stand on, in pixels. */
	readonly x: number;
	readonly y: number;
	/** Height of a capital in pixels. */
	readonly size: number;
	/** Half the thickness of a stroke, in twelfths of the size. */
	readonly weight: number;
	/** Between two letters, in twelfths of the size. */
	readonly spacing: number;
	readonly color: Rgb;
	/** Set where the letters stand on paper: without the shadow that lifts them off a picture. */
	readonly isPrinted?: boolean;
}

/** Units of a capital's height: the grid that the letters are drawn on. */
const UNITS = 12;

/** Draws a line of text. */
export function drawLettering(canvas: Canvas, lettering: Lettering): void {
	const { size, weight } = lettering;
	const unit = size / UNITS;
	// Strokes thinner than a pixel would be lost.
	const radius = Math.max(0.45, weight * unit);
	const shadow: Rgb = [0, 0, 0];
	if (!lettering.isPrinted)
		drawStrokes(canvas, lettering, radius + unit / 2, shadow, 0.2, 1 + unit);
	drawStrokes(canvas, lettering, radius, lettering.color, 1, 1);
}

/** Pixels from the left end of a text to its right end. */
export function widthOf(text: string, size: number, spacing: number): number {
	const units = shapesOf(text).reduce(
		(sum, shape) => sum + shape.width + spacing,
		0,
	);
	return (Math.max(0, units - spacing) * size) / UNITS;
}

/** The text in lines of at most `width` pixels, broken between words where there are some; what does not fit in `most` lines becomes "…". */
export function wrap(
	text: string,
	width: number,
	size: number,
	spacing: number,
	most: number,
): readonly string[] {
	const fits = (line: string) => widthOf(line, size, spacing) <= width;
	const lines: string[] = [];
	let line = "";
	// The start of a text is enough: no picture has room for more.
	for (const word of text.slice(0, 2_000).split(/\s+/).filter(Boolean)) {
		const longer = line === "" ? word : `${line} ${word}`;
		if (fits(longer)) {
			line = longer;
			continue;
		}
		if (line !== "") lines.push(line);
		line = word;
		while (!fits(line) && lines.length <= most) {
			const part = longestFitting(line, fits);
			lines.push(part);
			line = line.slice(part.length);
		}
		if (lines.length > most) break;
	}
	if (line !== "") lines.push(line);
	if (lines.length <= most) return lines;
	const last = `${lines[most - 1] ?? ""} …`;
	return [...lines.slice(0, most - 1), shortened(last, fits)];
}

function longestFitting(word: string, fits: (line: string) => boolean): string {
	const characters = Array.from(word);
	let count = characters.length;
	while (count > 1 && !fits(characters.slice(0, count).join(""))) count--;
	return characters.slice(0, count).join("");
}

function shortened(line: string, fits: (line: string) => boolean): string {
	const characters = Array.from(line.slice(0, -2));
	while (characters.length > 0 && !fits(`${characters.join("")} …`))
		characters.pop();
	return `${characters.join("").trimEnd()} …`;
}

function drawStrokes(
	canvas: Canvas,
	{ text, x, y, size, spacing }: Lettering,
	radius: number,
	color: Rgb,
	alpha: number,
	softness: number,
): void {
	const unit = size / UNITS;
	let left = x;
	const place = (shape: Shape) => {
		for (const { points, weight } of shape.strokes) {
			const thick = Math.max(0.4, radius * weight);
			const ends = points.map(
				([px, py]): LineEnd => [
					left + px * unit,
					y + (py - UNITS) * unit,
					thick,
				],
			);
			for (let i = 1; i < ends.length; i++)
				strokeLine(canvas, ends[i - 1] as LineEnd, ends[i] as LineEnd, color, {
					alpha,
					softness,
				});
		}
		left += (shape.width + spacing) * unit;
	};
	for (const shape of shapesOf(text)) place(shape);
}
