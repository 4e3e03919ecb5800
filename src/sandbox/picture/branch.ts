import {
	type Canvas,
	fillDisc,
	mix,
	type Rgb,
	scaled,
	strokeLine,
} from "./canvas.ts";
import { nearColor, type Scene } from "./scene.ts";

/** Where a twig is, and where it wants to go. Lengths in heights of the picture, the angle against the horizon. */
interface Twig {
	readonly x: number;
	readonly y: number;
	readonly angle: number;
	readonly thickness: number;
	/** 0 for the branch itself, more for what grows from it. */
	readonly order: number;
}

type Place = readonly [x: number, y: number];

const white: Rgb = [255, 255, 255];
/** Blossoms at the end of each piece of wood. */
const CLUSTER = 6;
const FALLING = 70;

/**
 * A branch with blossoms or leaves that reaches in from the upper corner away from the sun.
 * @param petal radius of a petal in heights of the picture
 */
export function paintBranch(canvas: Canvas, scene: Scene, petal: number): void {
	const isFromRight = scene.sun.x < scene.aspect / 2;
	const direction = isFromRight ? -1 : 1;
	const x = isFromRight ? scene.aspect + 0.02 : -0.02;
	const y = 0.02 + scene.random() * 0.06;
	const tips = [
		{ x, y, angle: 0.35, thickness: 0.0095, order: 0 },
		{ x, y: y + 0.14, angle: 0.1, thickness: 0.006, order: 1 },
	].flatMap((twig) => growWood(canvas, scene, twig, direction));
	for (const tip of tips) paintCluster(canvas, scene, tip, petal);
	for (let i = 0; i < FALLING; i++) paintFalling(canvas, scene, petal);
}

/** Paints a twig with all that grows from it; gives the places for blossoms. */
function growWood(
	canvas: Canvas,
	scene: Scene,
	twig: Twig,
	direction: 1 | -1,
): readonly Place[] {
	const { random } = scene;
	const unit = canvas.height;
	const wood = nearColor(scene, [46, 32, 31]);
	const { order } = twig;
	let { x, y, angle, thickness } = twig;
	const tips: Place[] = [];
	const steps = order === 0 ? 10 : 5 - order;
	for (let i = 0; i < steps; i++) {
		const length = (0.05 - order * 0.009) * (0.7 + random() * 0.5);
		const toX = x + Math.cos(angle) * length * direction;
		const toY = y + Math.sin(angle) * length;
		strokeLine(
			canvas,
			[x * unit, y * unit, thickness * unit],
			[toX * unit, toY * unit, thickness * 0.86 * unit],
			wood,
		);
		x = toX;
		y = toY;
		thickness *= 0.86;
		// It wanders, but comes back to hanging a little.
		angle += (random() - 0.5) * 0.5 + 0.12 * (1 - angle);
		if (order < 3 && random() < 0.75) {
			const turn = (random() < 0.5 ? -1 : 1) * (0.45 + random() * 0.5);
			const side = { x, y, angle: angle + turn, thickness: thickness * 0.62 };
			const next = { ...side, order: order + 1 };
			tips.push(...growWood(canvas, scene, next, direction));
		}
		if (order > 0 || i > 2) tips.push([x, y]);
	}
	return tips;
}

function paintCluster(
	canvas: Canvas,
	scene: Scene,
	[x, y]: Place,
	petal: number,
): void {
	const { random, land } = scene;
	const dark = scaled(land.accent, 0.78);
	const bright = mix(land.accent, white, 0.55);
	const heart = nearColor(scene, scaled(land.accent, 0.72));
	for (let i = 0; i < CLUSTER; i++) {
		const color = nearColor(scene, mix(dark, bright, random()));
		const away = random() * 0.021;
		const angle = random() * Math.PI * 2;
		const centerX = (x + Math.cos(angle) * away) * canvas.height;
		const centerY = (y + Math.sin(angle) * away) * canvas.height;
		const size = petal * (0.6 + random() * 0.6) * canvas.height;
		const turn = random() * Math.PI;
		// Petals of less than a pixel cannot be told from a dot.
		if (size < 1.5) {
			fillDisc(canvas, centerX, centerY, size * 1.4, color, { alpha: 0.9 });
			continue;
		}
		for (let leaf = 0; leaf < 5; leaf++) {
			const spread = turn + (leaf * Math.PI * 2) / 5;
			const leafX = centerX + Math.cos(spread) * size * 0.8;
			const leafY = centerY + Math.sin(spread) * size * 0.8;
			fillDisc(canvas, leafX, leafY, size * 0.62, color, { alpha: 0.92 });
		}
		fillDisc(canvas, centerX, centerY, size * 0.26, heart, { alpha: 0.8 });
	}
}

/** A petal or leaf somewhere in the air. */
function paintFalling(canvas: Canvas, scene: Scene, petal: number): void {
	const { random, land, aspect } = scene;
	const unit = canvas.height;
	const x = random() * aspect * unit;
	const y = (0.15 + random() * 0.55) * unit;
	const size = petal * unit * (0.3 + random() * 0.5);
	const angle = random() * Math.PI;
	strokeLine(
		canvas,
		[x, y, size * 0.6],
		[x + Math.cos(angle) * size, y + Math.sin(angle) * size, size * 0.25],
		nearColor(scene, mix(land.accent, white, random() * 0.5)),
		{ alpha: 0.85 },
	);
}
