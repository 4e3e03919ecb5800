import type { Outline, Range } from "./land.ts";
import { layered } from "./noise.ts";
import type { Scene } from "./scene.ts";

/** How the sides of a range look; for each column, with `margin` more columns on both sides, because spurs run down at a slant. */
export interface Relief {
	readonly margin: number;
	/** Lighter or darker than the range's own colour, in steps of colour: what runs down to the right, and to the left. */
	readonly rightward: Float32Array;
	readonly leftward: Float32Array;
	/** Pixels from the top down to where snow lies. */
	readonly snow: Float32Array;
}

interface Roughness {
	/** Of the slope of the outline, lit from the sun's side. */
	readonly slopes: number;
	/** Of spurs between the slopes, and how many there are in a height of the picture. */
	readonly spurs: number;
	readonly spurCount: number;
}

const roughness: Readonly<Record<Outline, Roughness>> = {
	peaks: { slopes: 0.5, spurs: 1.5, spurCount: 11 },
	cone: { slopes: 0.5, spurs: 1.2, spurCount: 16 },
	islands: { slopes: 0.5, spurs: 1.2, spurCount: 14 },
	mesas: { slopes: 0.3, spurs: 0.7, spurCount: 20 },
	dunes: { slopes: 3, spurs: 0.15, spurCount: 3 },
	hills: { slopes: 0.7, spurs: 0.4, spurCount: 5 },
	crowns: { slopes: 0.35, spurs: 0.3, spurCount: 18 },
	pines: { slopes: 0.1, spurs: 0.35, spurCount: 60 },
	skyline: { slopes: 0.1, spurs: 0.3, spurCount: 24 },
};

export function reliefOf(
	{ noise, sun, light }: Scene,
	range: Range,
	line: Float32Array,
	height: number,
): Relief {
	const margin = Math.ceil(height / 2);
	const { slopes, spurs, spurCount } = roughness[range.outline];
	const contrast =
		(14 + 44 * light.landBrightness) * (0.5 + 0.5 * range.nearness);
	const deep = (range.snow ?? 0) * range.height * height;
	const reach = Math.max(1, Math.round(height / 200));
	const last = line.length - 1;
	const columns = (of: (x: number) => number) => {
		const values = new Float32Array(line.length + 2 * margin);
		for (let i = 0; i < values.length; i++) values[i] = of(i - margin);
		return values;
	};
	const spur = (x: number, row: number) =>
		layered(noise, (x / height) * spurCount, row + range.foot * 97, 4) - 0.5;
	const slope = (x: number) => {
		const at = Math.min(last, Math.max(0, x));
		const left = line[Math.max(0, at - reach)] as number;
		const right = line[Math.min(last, at + reach)] as number;
		const steep = Math.max(-1, Math.min(1, ((right - left) / reach) * 0.5));
		return x / height < sun.x ? -steep : steep;
	};
	return {
		margin,
		rightward: columns(
			(x) => contrast * (slopes * slope(x) + spurs * spur(x, 0)),
		),
		leftward: columns((x) => contrast * spurs * spur(x, 20)),
		snow: columns((x) =>
			deep === 0 ? 0 : deep * (0.15 + 1.1 * (spur(x * 2, 40) + 0.5)),
		),
	};
}
