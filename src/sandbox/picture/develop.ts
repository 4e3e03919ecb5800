import type { Canvas } from "./canvas.ts";
import { smoothStep } from "./noise.ts";

/** How far a speck of grain is from the colour under it, at most, in steps of colour. */
export type Grain = 0 | 3 | 12;

/**
 * Darkens the corners, as a lens does, and what lies below `textTop` (0 to 1 from the top), for letters to stand out.
 * Leaves room for grain at the bright end.
 */
export function darkenEdges(
	{ width, height, pixels }: Canvas,
	textTop: number,
	grain: Grain,
): void {
	const columns = new Int32Array(width);
	for (let x = 0; x < width; x++)
		columns[x] = Math.round(256 * (1 - 0.5 * Math.abs(x / width - 0.5) ** 2.4));
	const room = 1 - (2 * grain) / 255;
	for (let y = 0, at = 0; y < height; y++) {
		const edge = 1 - 0.45 * Math.abs(y / height - 0.5) ** 2.6;
		const shade = 1 - 0.62 * smoothStep(textTop, 1.02, y / height);
		const row = Math.floor(256 * edge * shade * room);
		for (let x = 0; x < width; x++, at += 4) {
			const light = row * (columns[x] as number);
			pixels[at] = ((pixels[at] as number) * light) >> 16;
			pixels[at + 1] = ((pixels[at + 1] as number) * light) >> 16;
			pixels[at + 2] = ((pixels[at + 2] as number) * light) >> 16;
		}
	}
}

/** So many that no eye finds the repetition; a power of two, so that a mask wraps around. */
const MOST_GRAINS = 1 << 16;

/**
 * The painting `times` as large, cut to `width` × `height`, with grain like that of film. The grain hides that the finest detail is
 * missing, and makes a JPEG as large as a photograph's.
 * @param small painted with `darkenEdges` for the same grain: brighter colours would run over
 */
export function enlarge(
	small: Canvas,
	times: 1 | 2,
	width: number,
	height: number,
	grain: Grain,
	random: () => number,
): Canvas {
	const pixels = new Uint8ClampedArray(width * height * 4);
	// All four bytes of a pixel at once: half the time. Signed, because the engine has no fast unsigned numbers of 32 bits.
	const from = new Int32Array(small.pixels.buffer);
	const to = new Int32Array(pixels.buffer);
	const count = Math.min(
		MOST_GRAINS,
		2 ** Math.ceil(Math.log2(to.length / 4 + 1)),
	);
	const grains = createGrains(random, grain, count);
	const line = new Int32Array(small.width + 1);
	for (let y = 0; y < height; y++) {
		const upper = Math.floor(y / times) * small.width;
		const isBetween = y % times === 1 && upper + small.width < from.length;
		const lower = isBetween ? upper + small.width : upper;
		for (let x = 0; x < small.width; x++)
			line[x] = mean(from[upper + x] as number, from[lower + x] as number);
		line[small.width] = line[small.width - 1] as number;
		const row = to.subarray(y * width, (y + 1) * width);
		spread(line, times, row, grains, (random() * count) | 0);
	}
	return { width, height, pixels };
}

function spread(
	line: Int32Array,
	times: 1 | 2,
	row: Int32Array,
	grains: Int32Array,
	firstGrain: number,
): void {
	const mask = grains.length - 1;
	let grain = firstGrain;
	const end = line.length - 1;
	for (let i = 0, x = 0; i < end; i++, x += times) {
		const color = line[i] as number;
		row[x] = color + (grains[grain++ & mask] as number);
		if (times === 1) continue;
		// Where the width is odd, the last of these falls off the row.
		row[x + 1] =
			mean(color, line[i + 1] as number) + (grains[grain++ & mask] as number);
	}
}

/** The mean of two numbers in each of the four bytes: what they share, and half of what they don't. */
function mean(a: number, b: number): number {
	return ((a & b) + (((a ^ b) & 0xfefefefe) >>> 1)) | 0;
}

/** To be added to whole pixels: the same number for red, green and blue, none for the fourth byte, whichever way the machine orders them. */
function createGrains(
	random: () => number,
	grain: Grain,
	count: number,
): Int32Array {
	const bytes = new Uint8Array(count * 4);
	for (let i = 0; i < bytes.length; i += 4)
		// Three draws together are near enough to a bell curve.
		bytes.fill(
			((random() + random() + random()) * (2 * grain + 1)) / 3,
			i,
			i + 3,
		);
	return new Int32Array(bytes.buffer);
}
