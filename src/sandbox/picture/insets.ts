import type { Sharp, SharpInput, SharpOptions } from "sharp";
import { type Canvas, fillRectangle, type Rgb } from "./canvas.ts";
import { drawLettering } from "./lettering.ts";

/** As much of sharp as is needed here. */
export type MakeSharp = (input?: SharpInput, options?: SharpOptions) => Sharp;

/** More would be too small to recognise. */
const SHOWN = 4;

const paper: Rgb = [247, 245, 240];
const ink: Rgb = [60, 60, 64];

/** Hangs the pictures that an edit starts from, framed, into the upper right corner. One that cannot be read hangs there as an empty frame that says so. */
export async function hangInsets(
	canvas: Canvas,
	inputs: readonly Buffer[],
	sharp: MakeSharp,
): Promise<void> {
	const shown = inputs.slice(0, SHOWN);
	const { width, height } = canvas;
	const margin = Math.max(1, Math.round(height * 0.05));
	const share = shown.length === 1 ? 0.42 : 0.3;
	const room = Math.floor((width - margin * (shown.length + 1)) / shown.length);
	const largest = {
		width: Math.max(1, Math.min(room, Math.round(height * share * 1.5))),
		height: Math.max(1, Math.round(height * share)),
	};
	const pictures = await Promise.all(
		shown.map((input) => decode(sharp, input, largest)),
	);
	let right = width - margin;
	for (const [i, picture] of pictures.entries()) {
		const number =
			inputs.length - i > 1 && i === SHOWN - 1
				? `${i + 1} of ${inputs.length}`
				: `${i + 1}`;
		const side = Math.min(largest.width, largest.height);
		const size = picture ?? { width: side, height: side, pixels: undefined };
		hang(canvas, right - size.width, margin, size, number);
		right -= size.width + margin;
	}
}

interface Decoded {
	readonly width: number;
	readonly height: number;
	/** Three bytes a pixel; none where the input is no picture. */
	readonly pixels: Buffer | undefined;
}

async function decode(
	sharp: MakeSharp,
	input: Buffer,
	largest: { readonly width: number; readonly height: number },
): Promise<Decoded | undefined> {
	try {
		const { data, info } = await sharp(input)
			.autoOrient()
			.resize({ ...largest, fit: "inside" })
			.flatten({ background: "#ffffff" })
			.toColourspace("srgb")
			.raw()
			.toBuffer({ resolveWithObject: true });
		const { width, height, channels } = info;
		return channels === 3 ? { width, height, pixels: data } : undefined;
	} catch {
		return undefined;
	}
}

function hang(
	canvas: Canvas,
	left: number,
	top: number,
	{ width, height, pixels }: Decoded,
	number: string,
): void {
	const frame = Math.max(1, Math.round(Math.min(width, height) * 0.03));
	const foot = frame * 3;
	for (const [grow, alpha] of [
		[3, 0.12],
		[1.5, 0.16],
	] as const)
		fillRectangle(
			canvas,
			[
				left - frame * grow,
				top,
				left + width + frame * grow,
				top + height + foot + frame * grow,
			],
			[0, 0, 0],
			alpha,
		);
	fillRectangle(
		canvas,
		[left - frame, top - frame, left + width + frame, top + height + foot],
		paper,
	);
	const letters = { weight: 0.9, spacing: 2.6, color: ink };
	if (pixels) copyInto(canvas, left, top, { width, height, pixels });
	else
		drawLettering(canvas, {
			...letters,
			text: "not readable",
			x: left + frame,
			y: top + height / 2,
			size: width * 0.1,
		});
	drawLettering(canvas, {
		...letters,
		text: `INPUT ${number}`,
		x: left,
		y: top + height + foot - frame * 0.8,
		size: frame * 1.3,
	});
}

function copyInto(
	canvas: Canvas,
	left: number,
	top: number,
	{ width, height, pixels }: Decoded & { pixels: Buffer },
): void {
	for (let y = 0; y < Math.min(height, canvas.height - top); y++)
		for (let x = Math.max(0, -left); x < width; x++) {
			const from = (y * width + x) * 3;
			const to = ((top + y) * canvas.width + left + x) * 4;
			for (let c = 0; c < 3; c++)
				canvas.pixels[to + c] = pixels[from + c] as number;
		}
}
