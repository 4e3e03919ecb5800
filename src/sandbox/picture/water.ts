import { type Canvas, fillRectangle, mix } from "./canvas.ts";
import type { Scene } from "./scene.ts";

/**
 * Paints water from `shore` down: what stands above it upside down, broken by waves that grow towards us, and the path of the light.
 * @param shore row of pixels where it begins; everything above must be painted
 */
export function paintWater(canvas: Canvas, scene: Scene, shore: number): void {
	const { width, height, pixels } = canvas;
	if (shore >= height) return;
	const { light } = scene;
	const deep = mix(light.skyTop, light.skyMiddle, 0.5);
	const cell = Math.max(2, Math.round(height / 128));
	const waves = new Float32Array(Math.ceil(width / cell) + 2);
	for (let y = shore; y < height; y++) {
		const near = (y - shore) / (height - shore);
		raiseWaves(waves, near, cell / height, scene);
		const tall = height * (0.0033 + 0.035 * near);
		const dull = 0.08 + 0.26 * near;
		const mirrored = shore - (y - shore) * 0.92;
		for (let x = 0, at = y * width * 4; x < width; x++, at += 4) {
			const i = (x / cell) | 0;
			const from = waves[i] as number;
			const wave = from + ((waves[i + 1] as number) - from) * (x / cell - i);
			let above = (mirrored + wave * tall) | 0;
			if (above >= shore) above = shore - 1;
			if (above < 0) above = 0;
			const source = (above * width + x) * 4;
			const shine = 1 + wave * 0.16;
			for (let c = 0; c < 3; c++) {
				const seen = pixels[source + c] as number;
				pixels[at + c] = (seen + ((deep[c] as number) - seen) * dull) * shine;
			}
		}
	}
	paintLightPath(canvas, scene, shore);
}

/** Sets how high the water stands along a row, about -1 to 1, at places `step` heights of the picture apart. */
function raiseWaves(
	waves: Float32Array,
	near: number,
	step: number,
	{ noise, aspect }: Scene,
): void {
	// Waves look shorter and closer the farther away they are.
	const row = 9 * Math.log(0.03 + near);
	for (let i = 0; i < waves.length; i++) {
		const across = (i * step - aspect / 2) / (0.12 + near);
		const small = noise(across * 5.5, row * 5.2) - 0.5;
		waves[i] = small + noise(across * 1.7, row * 2.1 + 50) - 0.5;
	}
}

const GLINTS = 900;

/** Glints below the sun or the moon, wider and rarer towards us. */
function paintLightPath(
	canvas: Canvas,
	{ light, sun, random }: Scene,
	shore: number,
): void {
	if (light.sunRadius === 0) return;
	const { height } = canvas;
	for (let i = 0; i < GLINTS; i++) {
		const near = random() ** 1.5;
		const y = shore + 1 + near * (height - shore - 2);
		const spread = height * (0.03 + 0.16 * near);
		// Two draws together gather in the middle.
		const x = sun.x * height + (random() + random() - 1) * spread;
		const half = height * (0.0015 + 0.01 * near) * (0.4 + random());
		const thick = Math.max(1, height * 0.0022 * near);
		const alpha = (0.2 + 0.4 * random()) * (1 - 0.6 * near);
		const box = [x - half, y, x + half, y + thick] as const;
		fillRectangle(canvas, box, light.sun, alpha);
	}
}
