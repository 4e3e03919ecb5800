import { type Canvas, mix, type Rgb, scaled } from "./canvas.ts";
import type { Range } from "./land.ts";
import { reliefOf } from "./relief.ts";
import type { Scene } from "./scene.ts";
import { paintWindows } from "./windows.ts";

/**
 * Paints the land from the farthest range to the nearest, each down to where the next one hides it, the last down to `bottom`.
 * @param air colour of the air at the horizon for each column: what is far away takes it on
 */
export function paintRanges(
	canvas: Canvas,
	scene: Scene,
	bottom: number,
	air: Float32Array,
): void {
	for (const [i, range] of scene.land.ranges.entries()) {
		const line = scene.outlines[i] as Float32Array;
		const next = scene.outlines[i + 1];
		const end = next ? Math.min(bottom, lowestOf(next) + 1) : bottom;
		paintRange(canvas, scene, range, line, end, air);
		if (range.outline === "skyline")
			paintWindows(canvas, scene, range, line, end);
	}
}

function lowestOf(line: Float32Array): number {
	return Math.ceil(line.reduce((lowest, y) => Math.max(lowest, y), 0));
}

function paintRange(
	{ width, height, pixels }: Canvas,
	scene: Scene,
	range: Range,
	line: Float32Array,
	end: number,
	air: Float32Array,
): void {
	const { nearness } = range;
	const [red, green, blue] = colorOf(scene, range);
	const [snowRed, snowGreen, snowBlue] = snowColor(scene);
	const { margin, rightward, leftward, snow } = reliefOf(
		scene,
		range,
		line,
		height,
	);
	const haze = 0.72 * (1 - nearness) ** 1.4;
	const mistDepth = Math.max(1, height * (0.1 + 0.12 * nearness));
	const mist = 0.85 * (1 - 0.55 * nearness) * (1 - haze);
	const top = line.reduce((highest, y) => Math.min(highest, y), end);
	for (let y = Math.max(0, Math.floor(top)); y < end; y++) {
		const row = y * width * 4;
		for (let x = 0, i = 0; x < width; x++, i += 4) {
			const depth = y - (line[x] as number);
			if (depth <= -1) continue;
			const down = depth > mistDepth ? 1 : depth > 0 ? depth / mistDepth : 0;
			const far = haze + mist * down * down;
			const slant = (depth * 0.5) | 0;
			const right = x + margin + slant;
			const light =
				((rightward[right] as number) +
					(leftward[x + margin - slant] as number)) *
				(1 - 0.6 * down);
			// The snow's own edge fades over nine pixels.
			const cover = ((snow[right] as number) - depth) * 0.11;
			const white = cover > 0.92 ? 0.92 : cover > 0 ? cover : 0;
			// The edge of the range covers a part of its topmost pixel.
			const share = depth < 0 ? 1 + depth : 1;
			const at = row + i;
			const r = red + (snowRed - red) * white + light;
			const g = green + (snowGreen - green) * white + light;
			const b = blue + (snowBlue - blue) * white + light * (1 - 0.3 * white);
			pixels[at] =
				(pixels[at] as number) * (1 - share) +
				(r + ((air[i] as number) - r) * far) * share;
			pixels[at + 1] =
				(pixels[at + 1] as number) * (1 - share) +
				(g + ((air[i + 1] as number) - g) * far) * share;
			pixels[at + 2] =
				(pixels[at + 2] as number) * (1 - share) +
				(b + ((air[i + 2] as number) - b) * far) * share;
		}
	}
}

function colorOf({ light, land }: Scene, range: Range): Rgb {
	const inFullLight = mix(land.far, land.near, range.nearness);
	const isLeafy = range.outline === "crowns" && land.growth !== "grass";
	const isColored = isLeafy || range.outline === "dunes";
	const own = isColored ? mix(inFullLight, land.accent, 0.45) : inFullLight;
	// Far land is lit by the sky, near land stands against it.
	const lit = scaled(own, light.landBrightness * (1 - 0.3 * range.nearness));
	return mix(lit, light.skyMiddle, 0.16);
}

function snowColor({ light }: Scene): Rgb {
	const inFullLight: Rgb = [246, 249, 255];
	const lit = scaled(inFullLight, 0.35 + 0.55 * light.landBrightness);
	return mix(lit, light.sun, 0.14);
}
