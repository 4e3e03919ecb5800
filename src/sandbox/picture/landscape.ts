import { createRandom, hashOf } from "../random.ts";
import { type Canvas, createCanvas } from "./canvas.ts";
import { darkenEdges, enlarge, type Grain } from "./develop.ts";
import { paintGrowth } from "./growth.ts";
import { paintLandmark } from "./landmark.ts";
import { paintRanges } from "./ranges.ts";
import { composeScene } from "./scene.ts";
import { paintSky } from "./sky.ts";
import { paintWater } from "./water.ts";

export interface View {
	readonly prompt: string;
	/** Everything that the picture depends on: the same key, the same picture. */
	readonly key: string;
	/** In pixels. */
	readonly width: number;
	readonly height: number;
	readonly grain: Grain;
	/** Where words are going to stand, down to the lower edge: pixels from the top. */
	readonly textTop: number;
}

/** Below this the far things are painted as finely as the near ones, which takes no time then. */
const LARGE_PIXELS = 400_000;

/**
 * Paints a landscape that goes with the prompt.
 * @param rest called between its parts, each a few hundredths of a second of work, to let others have a turn
 */
export async function paintLandscape(
	{ prompt, key, width, height, grain, textTop }: View,
	rest: () => Promise<void>,
): Promise<Canvas> {
	// What is far away may be a little out of focus: half the resolution is a quarter of the work.
	const times = width * height > LARGE_PIXELS ? 2 : 1;
	const canvas = createCanvas(
		Math.ceil(width / times),
		Math.ceil(height / times),
	);
	const scene = composeScene(prompt, key, canvas.width, canvas.height);
	const { shore, ranges } = scene.land;
	const shoreRow = Math.round(shore * canvas.height);
	const skyEnd = Math.min(shore, (ranges[0]?.foot ?? 1) + 0.06);
	const air = paintSky(canvas, scene, Math.round(skyEnd * canvas.height));
	await rest();
	paintRanges(canvas, scene, shoreRow, air);
	await rest();
	paintLandmark(canvas, scene);
	paintWater(canvas, scene, shoreRow);
	darkenEdges(canvas, Math.min(0.72, textTop / height), grain);
	await rest();
	// Numbers of their own: two wishes that happen to have one scene still differ in their grain.
	const random = createRandom(hashOf(`grain ${key}`));
	const large = enlarge(canvas, times, width, height, grain, random);
	await rest();
	paintGrowth(large, scene);
	return large;
}
