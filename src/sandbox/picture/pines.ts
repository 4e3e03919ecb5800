import { type Canvas, mix, type Rgb, scaled, strokeLine } from "./canvas.ts";
import { nearColor, type Scene } from "./scene.ts";

interface Tree {
	/** In heights of the picture. */
	readonly x: number;
	readonly size: number;
}

const TREES = 7;
/** Of them, those on the side away from the sun. */
const HEAVY_SIDE = 5;

/** Tall pines at both sides, dark against the light, the middle left free; the smallest, which are farthest away, first. */
export function paintPines(canvas: Canvas, scene: Scene): void {
	const { random, aspect, sun, land, light } = scene;
	const isSunLeft = sun.x < aspect / 2;
	const trees = Array.from({ length: TREES }, (_, i): Tree => {
		const isHeavy = i < HEAVY_SIDE;
		const inward = random() ** 1.3 * aspect * (isHeavy ? 0.34 : 0.17);
		return {
			x: isHeavy === isSunLeft ? aspect - inward : inward,
			size: 0.42 + random() * 0.42,
		};
	});
	for (const tree of trees.toSorted((a, b) => a.size - b.size)) {
		const hazy = mix(
			scaled(land.near, 0.42),
			light.skyMiddle,
			0.12 * (1 - tree.size),
		);
		paintPine(canvas, tree, nearColor(scene, hazy), random);
	}
}

function paintPine(
	canvas: Canvas,
	{ x, size }: Tree,
	color: Rgb,
	random: () => number,
): void {
	const unit = canvas.height;
	const foot = 1.02;
	const top = foot - size;
	const trunk = 0.011 * size * unit;
	strokeLine(
		canvas,
		[x * unit, top * unit, 0.0006 * unit],
		[x * unit, foot * unit, trunk],
		color,
	);
	const tiers = Math.round(size * 54);
	for (let tier = 1; tier < tiers; tier++) {
		const down = tier / tiers;
		const y = top + size * down * 0.94;
		for (const side of [-1, 1]) {
			const reach = size * 0.2 * down ** 0.85 * (0.6 + random() * 0.55);
			const sag = reach * (0.25 + random() * 0.35);
			const thick = 0.0092 * size * unit * (0.4 + down);
			strokeLine(
				canvas,
				[x * unit, (y - sag * 0.3) * unit, thick],
				[(x + side * reach) * unit, (y + sag) * unit, 0.0004 * unit],
				color,
			);
		}
	}
}
