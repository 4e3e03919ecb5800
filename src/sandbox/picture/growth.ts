import { paintBranch } from "./branch.ts";
import type { Canvas } from "./canvas.ts";
import { paintGrass } from "./grass.ts";
import { paintPines } from "./pines.ts";
import type { Scene } from "./scene.ts";

/** Paints what grows right before us and frames the view: a branch, trees at the sides, grass. */
export function paintGrowth(canvas: Canvas, scene: Scene): void {
	const { growth } = scene.land;
	switch (growth) {
		case "blossom":
			paintBranch(canvas, scene, 0.0055);
			break;
		case "leaves":
			paintBranch(canvas, scene, 0.0065);
			break;
		case "pines":
			paintPines(canvas, scene);
			break;
		case "grass":
			paintGrass(canvas, scene);
			break;
		case "none":
			break;
		default:
			growth satisfies never;
	}
}
