/** Smooth noise between 0 and 1: points about a unit apart have nothing to do with one another. */
export type Noise = (x: number, y: number) => number;

const CELLS = 4096;

/** Noise of its own for each series of random numbers. */
export function createNoise(random: () => number): Noise {
	const values = new Float32Array(CELLS);
	for (let i = 0; i < CELLS; i++) values[i] = random();
	const at = (x: number, y: number) =>
		// Two large odd numbers spread neighbouring points over the table.
		values[
			((Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1)) >>> 15) &
				(CELLS - 1)
		] as number;
	return (x, y) => {
		const left = Math.floor(x);
		const top = Math.floor(y);
		const fx = x - left;
		const fy = y - top;
		const sx = fx * fx * (3 - 2 * fx);
		const sy = fy * fy * (3 - 2 * fy);
		const a = at(left, top);
		const b = at(left, top + 1);
		const upper = a + (at(left + 1, top) - a) * sx;
		const lower = b + (at(left + 1, top + 1) - b) * sx;
		return upper + (lower - upper) * sy;
	};
}

/** Noise with detail: each octave is twice as fine and half as strong. Between 0 and 1, mostly around 0.5. */
export function layered(
	noise: Noise,
	x: number,
	y: number,
	octaves: number,
): number {
	let sum = 0;
	let strength = 0.5;
	let scale = 1;
	for (let octave = 0; octave < octaves; octave++) {
		// The shift keeps the grids of the octaves from lining up.
		sum += strength * noise(x * scale + octave * 17, y * scale + octave * 31);
		strength /= 2;
		scale *= 2;
	}
	return sum / (1 - 2 * strength);
}

/** From 0 to 1 as `value` goes from `low` to `high`, without a corner at either end. */
export function smoothStep(low: number, high: number, value: number): number {
	const t = Math.min(1, Math.max(0, (value - low) / (high - low)));
	return t * t * (3 - 2 * t);
}
