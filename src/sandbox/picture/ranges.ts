import { type Canvas, mix, type Rgb, scaled } from "./canvas.ts";
import type { Range } from "./land.ts";
import { type Relief, reliefOf } from "./relief.ts";
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

/** What the side of a range looks like, all the way down. */
interface Side {
	readonly line: Float32Array;
	readonly air: Float32Array;
	readonly relief: Relief;
	readonly color: Rgb;
	readonly snowColor: Rgb;
	/** Share of the air's colour everywhere, and how much is added at the foot. */
	readonly haze: number;
	readonly mist: number;
	/** Pixels from the top down to where the mist is thickest. */
	readonly mistDepth: number;
}

function paintRange(
	canvas: Canvas,
	scene: Scene,
	range: Range,
	line: Float32Array,
	end: number,
	air: Float32Array,
): void {
	const { nearness } = range;
	const haze = 0.72 * (1 - nearness) ** 1.4;
	const side: Side = {
		line,
		air,
		relief: reliefOf(scene, range, line, canvas.height),
		color: colorOf(scene, range),
		snowColor: snowColor(scene),
		haze,
		mist: 0.85 * (1 - 0.55 * nearness) * (1 - haze),
		mistDepth: Math.max(1, canvas.height * (0.1 + 0.12 * nearness)),
	};
	const top = line.reduce((highest, y) => Math.min(highest, y), end);
	for (let y = Math.max(0, Math.floor(top)); y < end; y++)
		paintRow(canvas, y, side);
}

function paintRow({ width, pixels }: Canvas, y: number, side: Side): void {
	const { line, air, color, snowColor, haze, mist, mistDepth } = side;
	const { margin, rightward, leftward, snow } = side.relief;
	for (let x = 0, at = y * width * 4; x < width; x++, at += 4) {
		const depth = y - (line[x] as number);
		if (depth <= -1) continue;
		const down = depth > mistDepth ? 1 : depth > 0 ? depth / mistDepth : 0;
		const far = haze + mist * down * down;
		const slant = (depth * 0.5) | 0;
		const right = (rightward[x + margin + slant] as number) * (1 - 0.6 * down);
		const left = (leftward[x + margin - slant] as number) * (1 - 0.6 * down);
		// The snow's own edge fades over nine pixels.
		const cover = ((snow[x + margin + slant] as number) - depth) * 0.11;
		const white = cover > 0.92 ? 0.92 : cover > 0 ? cover : 0;
		// The edge of the range covers a part of its topmost pixel.
		const share = depth < 0 ? 1 + depth : 1;
		for (let c = 0; c < 3; c++) {
			const bare = color[c] as number;
			const own =
				bare + ((snowColor[c] as number) - bare) * white + right + left;
			const seen = own + ((air[x * 4 + c] as number) - own) * far;
			const behind = pixels[at + c] as number;
			pixels[at + c] = behind + (seen - behind) * share;
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
