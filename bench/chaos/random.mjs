/** The same numbers for the same seed (mulberry32): a schedule that failed can be run again. */
export function createRandom(seed) {
	let state = seed >>> 0;
	const next = () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
	};
	return {
		next,
		chance: (rate) => next() < rate,
		/** A whole number from `from` to `to`, both included. */
		between: (from, to) => from + Math.floor(next() * (to - from + 1)),
		pick: (choices) => choices[Math.floor(next() * choices.length)],
	};
}
