import type { Sharp, SharpInput, SharpOptions } from "sharp";
import { type Canvas, fillRectangle, type Rgb } from "./canvas.ts";
import { drawLettering } from "./lettering.ts";

/** As much of sharp as is needed here. */
export type MakeSharp = (input?: SharpInput, options?: SharpOptions) => Sharp;

interface Size {
	readonly width: number;
	readonly height: number;
}

/** More would be too small to recognise. */
const SHOWN = 4;

const paper: Rgb = [247, 245, 240];
const shadow: Rgb = [0, 0, 0];
const print = {
	weight: 0.9,
	spacing: 2.6,
	color: [60, 60, 64],
	isPrinted: true,
} as const;

/**
 * Hangs the pictures that an edit starts from, framed, into the upper right corner, the first on the left. Bytes that are no picture hang there
 * as an empty frame that says so.
 */
export async function hangInsets(
	canvas: Canvas,
	inputs: readonly Buffer[],
	sharp: MakeSharp,
): Promise<void> {
	const shown = inputs.slice(0, SHOWN);
	const margin = Math.max(1, Math.round(canvas.height * 0.05));
	const largest = largestSize(canvas, shown.length, margin);
	const pictures = await Promise.all(
		shown.map((input) => decode(sharp, input, largest)),
	);
	const side = Math.min(largest.width, largest.height);
	let right = canvas.width - margin;
	for (const [i, picture] of [...pictures.entries()].reverse()) {
		const size = picture ?? { width: side, height: side };
		const left = right - size.width;
		const isLastOfMore = i === SHOWN - 1 && inputs.length > SHOWN;
		const title = `INPUT ${i + 1}${isLastOfMore ? ` of ${inputs.length}` : ""}`;
		hangFrame(canvas, left, margin, size, title);
		if (picture) copyInto(canvas, left, margin, picture);
		else printRefusal(canvas, left, margin, side);
		right = left - margin;
	}
}

function largestSize(canvas: Canvas, count: number, margin: number): Size {
	const height = Math.round(canvas.height * (count === 1 ? 0.42 : 0.3));
	const room = Math.floor((canvas.width - margin * (count + 1)) / count);
	return {
		width: Math.max(1, Math.min(room, Math.round(height * 1.5))),
		height: Math.max(1, height),
	};
}

async function decode(
	sharp: MakeSharp,
	input: Buffer,
	largest: Size,
): Promise<Canvas | undefined> {
	try {
		const { data, info } = await sharp(input)
			.autoOrient()
			.resize({ ...largest, fit: "inside" })
			.flatten({ background: "#ffffff" })
			.toColourspace("srgb")
			.ensureAlpha()
			.raw({ depth: "uchar" })
			.toBuffer({ resolveWithObject: true });
		const { width, height } = info;
		return { width, height, pixels: new Uint8ClampedArray(data) };
	} catch {
		return undefined;
	}
}

function hangFrame(
	canvas: Canvas,
	left: number,
	top: number,
	{ width, height }: Size,
	title: string,
): void {
	const frame = Math.max(1, Math.round(Math.min(width, height) * 0.03));
	const [right, bottom] = [left + width, top + height + frame * 3];
	for (const reach of [3 * frame, 1.5 * frame]) {
		const box = [left - reach, top, right + reach, bottom + reach] as const;
		fillRectangle(canvas, box, shadow, 0.14);
	}
	const sheet = [left - frame, top - frame, right + frame, bottom] as const;
	fillRectangle(canvas, sheet, paper);
	const y = bottom - frame * 0.8;
	drawLettering(canvas, {
		...print,
		text: title,
		x: left,
		y,
		size: frame * 1.3,
	});
}

function printRefusal(
	canvas: Canvas,
	left: number,
	top: number,
	side: number,
): void {
	const size = side * 0.1;
	const [x, y] = [left + size / 2, top + side / 2];
	drawLettering(canvas, { ...print, text: "not readable", x, y, size });
}

function copyInto(
	canvas: Canvas,
	left: number,
	top: number,
	{ width, height, pixels }: Canvas,
): void {
	// In the smallest pictures the margins of several inputs need more room than there is.
	const hidden = Math.max(0, -left);
	if (hidden >= width) return;
	for (let y = 0; y < Math.min(height, canvas.height - top); y++) {
		const row = pixels.subarray((y * width + hidden) * 4, (y + 1) * width * 4);
		canvas.pixels.set(row, ((top + y) * canvas.width + left + hidden) * 4);
	}
}
