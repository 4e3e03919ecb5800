import { type Canvas, fillDisc, mix, scaled } from "./canvas.ts";
import type { Scene } from "./scene.ts";

const STARS = 420;
/** Of the moon, the dark ones. */
const SEAS = 9;

/** Stars down to row `bottom`, more of them higher up. */
export function paintStars(canvas: Canvas, scene: Scene, bottom: number): void {
	const { random, light } = scene;
	const strength = light.landBrightness < 0.45 ? 1 : 0.5;
	for (let i = 0; i < STARS; i++) {
		const x = random() * canvas.width;
		const y = random() ** 1.6 * bottom * 0.85;
		const size = (0.0002 + random() ** 6 * 0.0014) * canvas.height;
		const alpha = strength * (0.2 + random() * 0.8);
		fillDisc(canvas, x, y, size, [255, 250, 240], { alpha });
	}
}

/** Sun or moon. */
export function paintSun(canvas: Canvas, { light, sun, noise }: Scene): void {
	const radius = light.sunRadius * canvas.height;
	if (radius === 0) return;
	const [x, y] = [sun.x * canvas.height, sun.y * canvas.height];
	const softness = radius * 2.4;
	fillDisc(canvas, x, y, radius * 2.2, light.sun, { alpha: 0.22, softness });
	fillDisc(canvas, x, y, radius, mix(light.sun, [255, 255, 255], 0.35));
	if (light.landBrightness > 0.45) return;
	for (let i = 0; i < SEAS; i++) {
		const angle = noise(i * 3.3, 7) * Math.PI * 4;
		const away = noise(i * 5.1, 9) * radius * 0.62;
		const size = radius * (0.1 + 0.24 * noise(i * 2.7, 3));
		const [seaX, seaY] = [Math.cos(angle) * away, Math.sin(angle) * away];
		fillDisc(canvas, x + seaX, y + seaY, size, scaled(light.sun, 0.8), {
			alpha: 0.45,
			softness: size,
		});
	}
}
