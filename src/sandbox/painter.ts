import { setImmediate } from "node:timers/promises";
import { Failure } from "../errors.ts";
import { layOutCaption } from "./picture/caption.ts";
import { hangInsets, type MakeSharp } from "./picture/insets.ts";
import { paintLandscape } from "./picture/landscape.ts";
import { drawLettering } from "./picture/lettering.ts";
import type { PictureWish } from "./pictures.ts";

/**
 * A synthetic picture as a text-to-image service might have made it: a landscape that goes with the prompt, and says in large letters that
 * it comes from the sandbox. The same wish gives the same bytes on a machine; another prompt, seed or model gives others.
 * @throws Failure `config` where sharp, which encodes it, cannot be loaded
 */
export async function paintPicture(
	wish: PictureWish,
	loadSharp: () => Promise<MakeSharp> = importSharp,
): Promise<Buffer> {
	const sharp = await loadedFrom(loadSharp);
	const { prompt, seed, model, width, height, format, inputs = [] } = wish;
	const caption = layOutCaption(wish, width, height);
	const canvas = await paintLandscape(
		{
			prompt,
			key: JSON.stringify([prompt, seed, model]),
			width,
			height,
			// Grain cannot be compressed without loss.
			grain: format === "png" ? 0 : format === "webp" ? 3 : 12,
			textTop: caption.top,
		},
		() => setImmediate(),
	);
	if (inputs.length > 0) await hangInsets(canvas, inputs, sharp);
	for (const line of caption.lines) drawLettering(canvas, line);
	const raw = { width, height, channels: 4 } as const;
	const image = sharp(canvas.pixels, { raw }).removeAlpha();
	switch (format) {
		case "jpeg":
			// A second pass for better Huffman tables takes longer than it is worth here.
			return image.jpeg({ quality: 92, optimiseCoding: false }).toBuffer();
		case "png":
			return image.png({ compressionLevel: 2 }).toBuffer();
		case "webp":
			return image.webp({ quality: 84, effort: 0 }).toBuffer();
	}
}

/** @throws Failure `config` as `paintPicture`: better before anything is asked for than in the middle of it */
export async function checkPainter(): Promise<void> {
	await loadedFrom(importSharp);
}

async function importSharp(): Promise<MakeSharp> {
	const { default: sharp } = await import("sharp");
	// No two pictures share an operation that could be kept; several at once have a thread each.
	sharp.cache(false);
	sharp.concurrency(1);
	return sharp;
}

async function loadedFrom(load: () => Promise<MakeSharp>): Promise<MakeSharp> {
	try {
		return await load();
	} catch (cause) {
		throw new Failure(
			"config",
			"The sandbox cannot paint: the package sharp is missing, or has no build for this machine",
			{
				hint: "npm install --include=optional (or npm install sharp beside flux-ultra)",
				cause,
			},
		);
	}
}
