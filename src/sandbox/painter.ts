import { loadSharp } from "../images/load-sharp.ts";
import { drawCaption } from "./picture/caption.ts";
import { frameInputs } from "./picture/insets.ts";
import { drawLandscape } from "./picture/landscape.ts";
import type { PictureRequest } from "./pictures.ts";
import { createRandom } from "./random.ts";

/** What a machine without sharp is told. */
export const cannotPaint = "The sandbox cannot paint";

/**
 * A synthetic picture as a text-to-image service might have made it: a landscape in colours that go with the prompt, which says in large
 * letters that it comes from the sandbox. The same request gives the same bytes on a machine; another prompt, seed or model gives others.
 * @throws Failure `config` as `loadSharp`
 */
export async function paintPicture(
	request: PictureRequest,
	load?: Parameters<typeof loadSharp>[1],
): Promise<Buffer> {
	const sharp = await loadSharp(cannotPaint, load);
	const { width, height, format } = request;
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
<g transform="scale(${height / 1000})">${drawLandscape(request)}</g>${drawCaption(request)}</svg>`;
	const isTiny = Math.min(width, height) < 50;
	const pixels = await sharp(Buffer.from(svg))
		.composite(isTiny ? [] : await frameInputs(request, sharp))
		.removeAlpha()
		.raw()
		.toBuffer();
	// Grain cannot be compressed without loss.
	if (format === "jpeg") addGrain(pixels, request.seed);
	return sharp(pixels, { raw: { width, height, channels: 3 } })
		.toFormat(format, encodings[format])
		.toBuffer();
}

const encodings = {
	// A second pass for better Huffman tables takes longer than it is worth here.
	jpeg: { quality: 92, optimiseCoding: false },
	png: { compressionLevel: 2 },
	webp: { quality: 84, effort: 0 },
} as const;

/** As in film: it hides the steps between the colours of the sky, and makes a JPEG as large as a photograph's. */
function addGrain(bytes: Buffer, seed: number): void {
	const random = createRandom(seed);
	const { buffer, byteOffset, length } = bytes;
	const pixels = new Uint8ClampedArray(buffer, byteOffset, length);
	const speck = () => (random() + random() - 1) * 12;
	// A prime number of them: never the same above one another.
	const specks = new Int8Array(65_521).map(speck);
	for (let i = 0, next = 0; i < length; i += 3) {
		const more = specks[next] as number;
		next = next + 1 < specks.length ? next + 1 : 0;
		pixels[i] = (pixels[i] as number) + more;
		pixels[i + 1] = (pixels[i + 1] as number) + more;
		pixels[i + 2] = (pixels[i + 2] as number) + more;
	}
}
