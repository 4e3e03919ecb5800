import { createHash } from "node:crypto";
import sharp from "sharp";
import type { Paint } from "../../src/sandbox/pictures.ts";

/**
 * Real pictures, small enough to be made in a millisecond: noise that depends on all that was wished for, so that
 * another seed gives other bytes and the same wish the same ones.
 */
export const paint: Paint = (wish) => {
	const { prompt, seed, model, width, height, format, inputs = [] } = wish;
	const sources = inputs.map((bytes) =>
		createHash("sha256").update(bytes).digest("hex"),
	);
	const text = JSON.stringify([
		...[prompt, seed, model, width, height, format],
		sources,
	]);
	const known = painted.get(text) ?? make(text, wish);
	painted.set(text, known);
	return known;
};

const painted = new Map<string, Promise<Buffer>>();
const mostPixels = 160;

function make(
	text: string,
	{ width: wide, height: high, format }: Parameters<Paint>[0],
): Promise<Buffer> {
	const width = Math.min(wide, mostPixels);
	const height = Math.min(high, mostPixels);
	const pixels = Buffer.alloc(width * height);
	for (let at = 0; at < pixels.length; at += 32)
		createHash("sha256").update(`${at} ${text}`).digest().copy(pixels, at);
	const raw = { width, height, channels: 1 } as const;
	return sharp(pixels, { raw }).toFormat(format, { quality: 80 }).toBuffer();
}

/** A small picture that nobody has ordered. */
export function picture(wish: Partial<Parameters<Paint>[0]>): Promise<Buffer> {
	const usual = { prompt: "x", seed: 1, model: "", width: 40, height: 30 };
	return paint({ ...usual, format: "png", ...wish });
}

/** What a world's sandbox makes of "a garden" by Ultra. */
export function garden(seed = 7): Promise<Buffer> {
	const model = "black-forest-labs/flux-1-1-pro-ultra";
	const size = { width: 96, height: 54 };
	return paint({ prompt: "a garden", seed, model, ...size, format: "jpeg" });
}

/** A real JPEG of so many pixels a side that hardly shrinks: no pipe and no socket swallows it whole. */
export function noise(pixels: number): Promise<Buffer> {
	const raw = { width: pixels, height: pixels, channels: 1 } as const;
	const grey = Buffer.alloc(pixels * pixels);
	for (let at = 0; at < grey.length; at++) grey[at] = (at * 7_919) % 251;
	return sharp(grey, { raw }).jpeg({ quality: 100 }).toBuffer();
}
