import { type Canvas, mix } from "./canvas.ts";
import type { Scene } from "./scene.ts";

/**
 * Paints water from `shore` down: what stands above it upside down, broken by waves that grow towards us, and the path of the light.
 * @param shore row of pixels where it begins; everything above must be painted
 */
export function paintWater(canvas: Canvas, scene: Scene, shore: number): void {
	const { width, height, pixels } = canvas;
	if (shore >= height) return;
	const { light, noise } = scene;
	const deep = mix(light.skyTop, light.skyMiddle, 0.5);
	const cell = Math.max(2, Math.round(height / 128));
	const columns = Math.ceil(width / cell) + 2;
	const waves = new Float32Array(columns);
	const depth = height - shore;
	for (let y = shore; y < height; y++) {
		const near = (y - shore) / depth;
		// Waves look shorter and closer the farther away they are.
		const row = 9 * Math.log(0.03 + near);
		const tall = height * (0.0015 + 0.016 * near);
		for (let i = 0; i < columns; i++) {
			const across = ((i * cell) / height - scene.aspect / 2) / (0.12 + near);
			const small = noise(across * 5.5, row * 5.2) - 0.5;
			waves[i] = small + (noise(across * 1.7, row * 2.1 + 50) - 0.5);
		}
		const dull = 0.08 + 0.26 * near;
		const mirrored = shore - (y - shore) * 0.92;
		let at = y * width * 4;
		for (let x = 0; x < width; x++, at += 4) {
			const i = (x / cell) | 0;
			const from = waves[i] as number;
			const wave = from + ((waves[i + 1] as number) - from) * (x / cell - i);
			let above = (mirrored + wave * tall * 2.2) | 0;
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

/** Glints below the sun or the moon, wider and rarer towards us. */
function paintLightPath(
	canvas: Canvas,
	{ light, sun, random }: Scene,
	shore: number,
): void {
	if (light.sunRadius === 0) return;
	const { width, height, pixels } = canvas;
	const center = sun.x * height;
	const strength = 0.85;
	const count = 900;
	for (let i = 0; i < count; i++) {
		const near = random() ** 1.5;
		const y = Math.floor(shore + 1 + near * (height - shore - 2));
		const spread = height * (0.03 + 0.16 * near);
		// Two draws together gather in the middle.
		const x = center + (random() + random() - 1) * spread;
		const half = height * (0.002 + 0.014 * near) * (0.4 + random());
		const alpha = strength * (0.3 + 0.5 * random()) * (1 - 0.6 * near);
		const rows = Math.max(1, Math.round(height * 0.0022 * near));
		for (let row = y; row < Math.min(height, y + rows); row++) {
			const stop = Math.min(width - 1, Math.round(x + half));
			for (let px = Math.max(0, Math.round(x - half)); px <= stop; px++) {
				const fade = 1 - Math.abs(px - x) / (half + 1);
				const at = (row * width + px) * 4;
				for (let c = 0; c < 3; c++) {
					const old = pixels[at + c] as number;
					pixels[at + c] =
						old + ((light.sun[c] as number) - old) * alpha * fade;
				}
			}
		}
	}
}
