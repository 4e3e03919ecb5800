import { type Canvas, fillRectangle, mix, type Rgb, scaled } from "./canvas.ts";
import type { Scene } from "./scene.ts";

/** Something that was made by hand, at the water's edge, for the eye to rest on; the water will mirror it. */
export function paintLandmark(canvas: Canvas, scene: Scene): void {
	const { aspect, sun, land, random } = scene;
	if (land.shore >= 1) return;
	const isSunLeft = sun.x < aspect / 2;
	const x = aspect * (isSunLeft ? 0.64 : 0.36) + (random() - 0.5) * 0.1;
	if (land.growth === "blossom") paintGate(canvas, scene, x);
	else if (land.growth === "grass") paintBoat(canvas, scene, x);
}

/** A red gate with two posts, a beam and a curved roof. */
function paintGate(canvas: Canvas, scene: Scene, x: number): void {
	const unit = canvas.height;
	const { land, light } = scene;
	const size = 0.15;
	const red = mix(
		scaled([206, 66, 50], 0.35 + 0.65 * light.landBrightness),
		light.skyLow,
		0.06,
	);
	const dark = scaled(red, 0.42);
	const box = (
		left: number,
		top: number,
		right: number,
		bottom: number,
		color: Rgb,
	) =>
		fillRectangle(
			canvas,
			[
				(x + left * size) * unit,
				(land.shore - top * size) * unit,
				(x + right * size) * unit,
				(land.shore - bottom * size) * unit,
			],
			color,
		);
	for (const side of [-1, 1]) {
		box(side * 0.36 - 0.035, 0.86, side * 0.36 + 0.035, 0, red);
		box(side * 0.36 - 0.05, 0.07, side * 0.36 + 0.05, 0, dark);
	}
	box(-0.48, 0.7, 0.48, 0.63, red);
	box(-0.04, 0.86, 0.04, 0.7, red);
	// The roof rises towards its ends: a row of narrow boxes.
	for (let i = -30; i < 30; i++) {
		const across = (i + 0.5) / 30;
		const lift = 0.06 * across ** 2;
		const left = i * 0.02;
		box(left, 0.93 + lift, left + 0.02, 0.85 + lift, red);
		box(left * 1.05, 0.97 + lift, left * 1.05 + 0.022, 0.93 + lift, dark);
	}
}

/** A small boat with two sails. */
function paintBoat(canvas: Canvas, scene: Scene, x: number): void {
	const unit = canvas.height;
	const { land, light } = scene;
	const size = 0.1;
	const sail = scaled(
		mix(land.accent, light.sun, 0.4),
		0.35 + 0.65 * light.landBrightness,
	);
	const hull = scaled(land.near, 0.7 * light.landBrightness);
	const rows = Math.max(8, Math.round(size * unit));
	for (let i = 0; i < rows; i++) {
		const up = i / rows;
		const row = (left: number, right: number, color: Rgb) =>
			fillRectangle(
				canvas,
				[
					(x + left * size) * unit,
					(land.shore - (up + 1 / rows) * size) * unit,
					(x + right * size) * unit,
					(land.shore - up * size) * unit,
				],
				color,
			);
		if (up < 0.12) row(-0.42 - up, 0.42 + up, hull);
		else if (up < 0.18) row(-0.015, 0.015, hull);
		else {
			const share = (up - 0.18) / 0.82;
			row(0.02, 0.02 + 0.46 * (1 - share) ** 0.8, sail);
			row(-0.02 - 0.32 * Math.max(0, 0.85 - share), -0.02, scaled(sail, 0.9));
		}
	}
}
