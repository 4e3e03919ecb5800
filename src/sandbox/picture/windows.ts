import { type Canvas, fillRectangle } from "./canvas.ts";
import type { Range } from "./land.ts";
import type { Scene } from "./scene.ts";

/** Lights up some of the windows of a row of houses. */
export function paintWindows(
	canvas: Canvas,
	{ random, land, light }: Scene,
	range: Range,
	line: Float32Array,
	end: number,
): void {
	const { width, height } = canvas;
	const step = Math.max(
		3,
		Math.round(height * (0.005 + 0.004 * range.nearness)),
	);
	const size = Math.max(1, Math.round(step * 0.45));
	const share = light.landBrightness > 0.7 ? 0.12 : 0.42;
	for (let x = step; x < width - step; x += step) {
		const roof = Math.max(line[x] as number, line[x + size] as number) + step;
		for (let y = Math.ceil(roof / step) * step; y < end - step; y += step) {
			if (random() > share) continue;
			const glow = 0.35 + random() * 0.65;
			const window = [x, y, x + size, y + size * 1.3] as const;
			fillRectangle(canvas, window, land.accent, glow);
		}
	}
}
