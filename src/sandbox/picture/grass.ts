import { type Canvas, fillDisc, mix, scaled, strokeLine } from "./canvas.ts";
import { nearColor, type Scene } from "./scene.ts";

/** Blades for a stretch as wide as the picture is high. */
const DENSITY = 330;
const FLOWERS = 0.09;

/** Blades of grass along the lower edge, taller at the sides, with flowers among them. */
export function paintGrass(canvas: Canvas, scene: Scene): void {
	const { random, aspect, land } = scene;
	const unit = canvas.height;
	for (let i = 0; i < Math.round(aspect * DENSITY); i++) {
		const x = random() * aspect;
		const outward = 0.5 + Math.abs(x / aspect - 0.5) * 1.6;
		const tall = (0.03 + random() * 0.075) * outward;
		const lean = (random() - 0.4) * tall * 0.7;
		const shade = mix(scaled(land.near, 0.3), land.near, random() * 0.5);
		const [topX, topY] = [(x + lean) * unit, (1.01 - tall) * unit];
		strokeLine(
			canvas,
			[x * unit, 1.01 * unit, 0.0016 * unit],
			[topX, topY, 0.0003 * unit],
			nearColor(scene, shade),
		);
		if (random() > FLOWERS) continue;
		const size = (0.003 + random() * 0.004) * unit;
		// Darker than they are, for the words stand before them.
		const color = nearColor(scene, scaled(land.accent, 0.75));
		fillDisc(canvas, topX, topY, size, color, { alpha: 0.9 });
	}
}
