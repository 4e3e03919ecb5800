import { bumps, house, type Profile, pineTree, roundTree } from "./bumps.ts";
import type { Outline, Range } from "./land.ts";
import { layered, type Noise, smoothStep } from "./noise.ts";

/** The upper edge of a range: for each column of pixels the y of it, in pixels from the top. */
export function outlineOf(
	range: Range,
	index: number,
	width: number,
	height: number,
	noise: Noise,
	random: () => number,
): Float32Array {
	const aspect = width / height;
	const profile = profiles[range.outline](
		noise,
		random,
		aspect,
		range,
		1 + index * 53,
	);
	const line = new Float32Array(width);
	for (let column = 0; column < width; column++)
		line[column] =
			(range.foot - range.height * profile(column / height)) * height;
	return line;
}

type MakeProfile = (
	noise: Noise,
	random: () => number,
	aspect: number,
	range: Range,
	row: number,
) => Profile;

const profiles: Readonly<Record<Outline, MakeProfile>> = {
	peaks: (noise, random, aspect, { nearness }, row) => {
		const summit = aspect * (0.2 + 0.6 * random());
		return (x) => {
			const bulk = Math.exp(-((x - summit) ** 2) * 2.4) * 0.4;
			return (
				(0.22 + bulk) * (0.6 + 0.8 * layered(noise, x * 2.1, row, 2)) +
				0.5 * ridged(noise, x * (2.2 + nearness * 2), row + 9, 6)
			);
		};
	},
	cone: (noise, random, aspect, _, row) => {
		const top = aspect * (0.36 + 0.28 * random());
		return (x) => {
			const away = Math.abs(x - top);
			// A rim that is nearly flat, sides that grow gentler on their way down.
			const side = Math.max(0, away - 0.03) / 0.3;
			const rough = (layered(noise, x * 14, row, 4) - 0.5) * 0.035;
			return 1 / (1 + side ** 1.25 * 1.5) - 0.12 * side ** 0.5 + rough;
		};
	},
	hills:
		(noise, _random, _aspect, { nearness }, row) =>
		(x) =>
			layered(noise, x * (1.5 + nearness * 0.6), row, 5) * 1.25 - 0.15,
	dunes:
		(noise, _random, _aspect, { nearness }, row) =>
		(x) => {
			const bent =
				x * (1 + 0.5 * (1 - nearness)) + noise(x * 1.1, row + 3) * 0.5;
			return (
				ridged(noise, bent * 0.85, row, 1) * 0.85 + noise(bent, row + 7) * 0.3
			);
		},
	mesas: (noise, _random, _aspect, _range, row) => (x) => {
		const ground = layered(noise, x * 1.3, row, 3);
		const table = smoothStep(0.53, 0.57, ground) * 0.45;
		const upper = smoothStep(0.64, 0.66, ground) * 0.35;
		return 0.12 + table + upper + layered(noise, x * 16, row + 5, 3) * 0.06;
	},
	islands:
		(noise, _random, _aspect, { nearness }, row) =>
		(x) => {
			const land = layered(noise, x * 0.9 + nearness * 5, row, 2) - 0.52;
			const rock = ridged(noise, x * 5, row + 9, 5);
			return land <= 0 ? -0.02 : Math.min(1, land * 5) * (0.45 + 0.6 * rock);
		},
	pines: (noise, random, aspect, range, row) => {
		const { nearness, height } = range;
		const ground = profiles.hills(noise, random, aspect, range, row);
		const tall = 0.4 + 0.25 * nearness;
		const trees = bumps(random, aspect, tall * height * 0.24, pineTree);
		return (x) => ground(x) * 0.5 + trees(x) * tall;
	},
	crowns: (noise, random, aspect, range, row) => {
		const ground = profiles.hills(noise, random, aspect, range, row);
		const trees = bumps(random, aspect, range.height * 0.4, roundTree);
		return (x) =>
			ground(x) * 0.6 +
			trees(x) * 0.42 * (0.85 + 0.3 * noise(x * 160, row)) +
			layered(noise, x * 90, row, 2) * 0.05;
	},
	skyline: (_noise, random, aspect) => {
		const houses = bumps(random, aspect, 0.075, house);
		return (x) => 0.1 + houses(x) * 0.9;
	},
};

/** Sharp crests with round valleys. */
function ridged(noise: Noise, x: number, row: number, octaves: number): number {
	let sum = 0;
	let strength = 0.6;
	for (let octave = 0; octave < octaves; octave++) {
		const wave = 1 - Math.abs(2 * noise(x, row + octave * 13) - 1);
		sum += strength * wave * wave;
		strength *= 0.45;
		x *= 2.1;
	}
	return sum;
}
