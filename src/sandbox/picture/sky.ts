import { type Canvas, mix, type Rgb } from "./canvas.ts";
import { paintStars, paintSun } from "./heavens.ts";
import { layered, smoothStep } from "./noise.ts";
import type { Scene } from "./scene.ts";

/**
 * Paints the sky down to row `bottom`: gradient, glow, clouds, stars, sun or moon.
 * Gives the colour of the air at the horizon for each column, laid out like a row of pixels, for the haze over the land.
 */
export function paintSky(
	canvas: Canvas,
	scene: Scene,
	bottom: number,
): Float32Array {
	// Nothing in a sky has an edge: a coarse grid looks the same and takes a fraction of the time.
	const cell = Math.max(2, Math.round(canvas.height / 96));
	const rows = Math.ceil(bottom / cell) + 1;
	const horizon = scene.land.ranges[0]?.foot ?? 0.65;
	let upper = coarseRow(canvas, scene, cell, 0, horizon);
	for (let row = 1; row <= rows; row++) {
		const y = (row * cell) / canvas.height;
		const lower = coarseRow(canvas, scene, cell, y, horizon);
		const first = (row - 1) * cell;
		for (let y = first; y < Math.min(bottom, first + cell); y++)
			stretch(canvas, y, upper, lower, (y - first) / cell, cell);
		upper = lower;
	}
	if (scene.light.hasStars) paintStars(canvas, scene, bottom);
	paintSun(canvas, scene);
	return airOf(canvas, scene, horizon);
}

function airOf(canvas: Canvas, scene: Scene, horizon: number): Float32Array {
	const air = new Float32Array(canvas.width * 4);
	const skyLow = skyGradient(scene, horizon, horizon);
	for (let x = 0; x < canvas.width; x++) {
		const glow = glowAt(scene, x / canvas.height, horizon - 0.03);
		air.set(mix(skyLow, scene.light.sun, glow), x * 4);
	}
	return air;
}

/** The colours of the sky at height `y`, one for every `cell` pixels and two more. */
function coarseRow(
	canvas: Canvas,
	scene: Scene,
	cell: number,
	y: number,
	horizon: number,
): Float32Array {
	const row = new Float32Array((Math.ceil(canvas.width / cell) + 2) * 3);
	const { light } = scene;
	const clear = skyGradient(scene, y, horizon);
	const bright = mix(mix(light.skyLow, light.sun, 0.5), [255, 255, 255], 0.15);
	const shade = mix(light.skyTop, light.skyMiddle, 0.55);
	const up = Math.min(1, Math.max(0, 1 - y / horizon));
	for (let i = 0; i < row.length; i += 3) {
		const x = ((i / 3) * cell) / canvas.height;
		const glow = glowAt(scene, x, y);
		const [cover, lit] = cloudAt(scene, x, y, up);
		const share = cover * (0.5 + 0.35 * up);
		const bathed = Math.min(1, lit + glow * 0.4);
		for (let c = 0; c < 3; c++) {
			const from = clear[c] as number;
			const sky = from + ((light.sun[c] as number) - from) * glow;
			const dark = shade[c] as number;
			const cloud = dark + ((bright[c] as number) - dark) * bathed;
			row[i + c] = sky + (cloud - sky) * share;
		}
	}
	return row;
}

function skyGradient({ light }: Scene, y: number, horizon: number): Rgb {
	const up = Math.min(1, Math.max(0, 1 - y / horizon));
	return up < 0.4
		? mix(light.skyLow, light.skyMiddle, up / 0.4)
		: mix(light.skyMiddle, light.skyTop, smoothStep(0.4, 1, up));
}

function glowAt({ light, sun }: Scene, x: number, y: number): number {
	const across = x - sun.x;
	const down = (y - sun.y) * 1.25;
	const square = across * across + down * down;
	const wide = 0.62 * Math.exp(-3.2 * Math.sqrt(square));
	return Math.min(1, light.glow * (wide + 0.4 * Math.exp(-70 * square)));
}

/** How much of the sky clouds hide at a place, and how bright they are there. */
function cloudAt(
	{ light, noise, sun }: Scene,
	x: number,
	y: number,
	up: number,
): readonly [cover: number, lit: number] {
	// They lie in bands that get thinner and closer towards the horizon.
	const depth = 0.6 + 0.22 / (0.16 + up);
	const bent = noise(x * depth * 1.2 + 40, y * depth * 4.5) * 1.3;
	const u = x * 1.7 * depth + bent;
	const v = y * 6.5 * depth + bent;
	const density = layered(noise, u, v, 5);
	const thin = 0.68 - light.clouds * 0.26;
	const cover = smoothStep(thin, thin + 0.18 + light.clouds * 0.1, density);
	if (cover === 0) return [0, 0];
	const sunward = Math.max(-0.22, Math.min(0.22, (sun.x - x) * 0.8));
	const beyond = layered(noise, u + sunward, v + 0.3, 3);
	return [cover, Math.min(1, Math.max(0, 0.5 + (density - beyond) * 3.2))];
}

/** Fills a row of pixels with colours between those of two coarse rows. */
function stretch(
	{ width, pixels }: Canvas,
	y: number,
	upper: Float32Array,
	lower: Float32Array,
	share: number,
	cell: number,
): void {
	const row = y * width * 4;
	for (let c = 0; c < 3; c++) {
		let from =
			(upper[c] as number) * (1 - share) + (lower[c] as number) * share;
		for (let x = 0, i = c + 3; x < width; i += 3) {
			const to =
				(upper[i] as number) * (1 - share) + (lower[i] as number) * share;
			const step = (to - from) / cell;
			const stop = Math.min(width, x + cell);
			for (; x < stop; x++, from += step) pixels[row + x * 4 + c] = from;
			from = to;
		}
	}
}
