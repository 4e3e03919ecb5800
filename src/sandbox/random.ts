/** Numbers in [0, 1) that are the same for the same seed on every machine (mulberry32). */
export function createRandom(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** A 32-bit number for a text, to start a series of random numbers that belongs to it (FNV-1a). */
export function hashOf(text: string): number {
	let hash = 0x811c9dc5;
	for (const byte of Buffer.from(text))
		hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
	return hash;
}
