import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { createWorld, type World } from "../cli/world.ts";

/** A machine with `garden.jpg` of 160 × 90 pixels, bought there with this prompt. */
export async function withGarden(prompt = "a garden at dawn"): Promise<World> {
	const world = await createWorld({ size: { width: 160, height: 90 } });
	await world.run(["--seed", "7", "-o", "garden.jpg", "--", prompt]);
	return world;
}

/** A machine with pictures, of which nothing is known there. */
export async function withPictures(
	pictures: Readonly<Record<string, Buffer | Promise<Buffer>>>,
): Promise<World> {
	const world = await createWorld();
	for (const [name, bytes] of Object.entries(pictures))
		writeFileSync(join(world.cwd, name), await bytes);
	return world;
}

/** Left half red, right half blue; or another colour for the left. */
export function halves(width = 40, height = 20, left = "red") {
	const half = { width: width / 2, height, channels: 3 } as const;
	const create = { ...half, width, background: "blue" };
	return sharp({ create }).composite([
		{ input: { create: { ...half, background: left } }, left: 0, top: 0 },
	]);
}

export function sha256(bytes: Buffer): string {
	return createHash("sha256").update(bytes).digest("hex");
}

export function bytesOf(world: World, name: string): Buffer {
	return readFileSync(join(world.cwd, name));
}

/** What sharp says of a file, the sha256 of its profile, and the colour of each corner of it, clockwise, from 0 to 5 of red, green, and blue. */
export async function looksOf(world: World, name: string) {
	const image = sharp(bytesOf(world, name));
	const { width, height, format, density, space, icc, hasAlpha } =
		await image.metadata();
	const { data } = await image
		.toColourspace("srgb")
		.removeAlpha()
		.raw()
		.toBuffer({ resolveWithObject: true });
	const colour = (x: number, y: number) => {
		const at = 3 * (y * width + x);
		return [...data.subarray(at, at + 3)]
			.map((value) => Math.round(value / 51))
			.join("");
	};
	const corners = [
		colour(0, 0),
		colour(width - 1, 0),
		colour(width - 1, height - 1),
		colour(0, height - 1),
	];
	return {
		size: `${width}x${height}`,
		format,
		density,
		space,
		profile: icc && sha256(icc),
		hasAlpha,
		corners,
	};
}
