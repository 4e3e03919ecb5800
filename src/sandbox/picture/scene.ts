import { createRandom, hashOf } from "../random.ts";
import { mix, type Rgb, scaled } from "./canvas.ts";
import type { Land } from "./land.ts";
import { lands } from "./lands.ts";
import { type Light, lights } from "./light.ts";
import { createNoise, type Noise } from "./noise.ts";
import { outlineOf } from "./outline.ts";

/** What a picture shows, settled before the first pixel. Lengths are in heights of the picture, from its top left. */
export interface Scene {
	readonly light: Light;
	readonly land: Land;
	readonly sun: { readonly x: number; readonly y: number };
	/** Width of the picture in heights. */
	readonly aspect: number;
	/** The upper edge of each range of the land, in pixels from the top for each column. */
	readonly outlines: readonly Float32Array[];
	readonly random: () => number;
	readonly noise: Noise;
}

/**
 * The scene that a prompt asks for: its words choose light, land and an accent of colour, the series of random numbers
 * all the rest. Prompts without such words get a scene by chance.
 * @param key what the picture depends on: the same key, the same scene
 * @param width pixels of what is going to be painted
 */
export function composeScene(
	prompt: string,
	key: string,
	width: number,
	height: number,
): Scene {
	const random = createRandom(hashOf(key));
	const light = withOwnHue(chosen(lights, prompt, random), random);
	const land = withColorWord(chosen(lands, prompt, random), prompt);
	const noise = createNoise(random);
	const outlines = land.ranges.map((range, i) =>
		outlineOf(range, i, width, height, noise, random),
	);
	const aspect = width / height;
	const skyline = (x: number) =>
		Math.min(
			...outlines.map((line) => (line[Math.floor(x * height)] ?? 0) / height),
		);
	const sun = placeSun(light, aspect, skyline, random);
	return { light, land, sun, aspect, outlines, random, noise };
}

/** On a third of the width, where a painter would put it, and where the land is low; over the land at least with its upper half. */
function placeSun(
	light: Light,
	aspect: number,
	skyline: (x: number) => number,
	random: () => number,
): Scene["sun"] {
	const side = random() < 0.5 ? 0.2 : 0.58;
	const [x = 0] = Array.from(
		{ length: 8 },
		() => aspect * (side + 0.22 * random()),
	).sort((a, b) => skyline(b) - skyline(a));
	const wished = 0.64 - 0.7 * light.sunHeight * (0.9 + 0.2 * random());
	return { x, y: Math.min(wished, skyline(x) - 0.3 * light.sunRadius) };
}

/** The one that most words of the prompt ask for. */
function chosen<T extends { readonly words: RegExp }>(
	choices: readonly T[],
	prompt: string,
	random: () => number,
): T {
	// Drawn in any case, so that the rest of the scene does not depend on whether there were words.
	const byChance = choices[Math.floor(random() * choices.length)] as T;
	const counts = choices.map(({ words }) => prompt.match(words)?.length ?? 0);
	const most = Math.max(...counts);
	return most === 0 ? byChance : (choices[counts.indexOf(most)] as T);
}

/** No two dawns have the same sky: the colours lean a little to one side. */
function withOwnHue(light: Light, random: () => number): Light {
	const lean: Rgb = [random() * 255, random() * 255, random() * 255];
	const leaning = (color: Rgb) => mix(color, lean, 0.07);
	return {
		...light,
		skyTop: leaning(light.skyTop),
		skyMiddle: leaning(light.skyMiddle),
		clouds: light.clouds * (0.7 + random() * 0.5),
	};
}

const colorWords: readonly (readonly [RegExp, Rgb])[] = [
	[/\b(red|crimson|scarlet|rose)\b/i, [204, 46, 52]],
	[/\borange\b/i, [238, 128, 40]],
	[/\byellow\b/i, [246, 204, 84]],
	[/\b(green|emerald|jade)\b/i, [88, 164, 96]],
	[/\b(teal|turquoise|cyan)\b/i, [64, 176, 178]],
	[/\b(purple|violet|lavender)\b/i, [158, 112, 206]],
	[/\bwhite\b/i, [246, 244, 240]],
];

function withColorWord(land: Land, prompt: string): Land {
	const color = colorWords.find(([words]) => words.test(prompt))?.[1];
	if (color === undefined) return land;
	return { ...land, accent: color, near: mix(land.near, color, 0.3) };
}

/** A colour of things right before us, in the light of the scene. */
export function nearColor({ light }: Scene, color: Rgb): Rgb {
	const lit = scaled(color, 0.25 + 0.75 * light.landBrightness);
	return mix(lit, light.skyLow, 0.05);
}
