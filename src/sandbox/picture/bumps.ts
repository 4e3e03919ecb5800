/** How high something stands, 0 to about 1, at a place along the picture in heights of it. */
export type Profile = (x: number) => number;

/** Shape of one tree or house: `across` from -1 to 1, `character` from 0 to 1 makes it different from its neighbours. */
export type Bump = (across: number, character: number) => number;

/** Many of them side by side and before one another: the highest is what is seen. */
export function bumps(
	random: () => number,
	aspect: number,
	halfWidth: number,
	shape: Bump,
): Profile {
	const step = halfWidth * 0.85;
	const count = Math.ceil(aspect / step) + 4;
	const all = Array.from({ length: count }, (_, i) => ({
		at: (i - 2 + (random() - 0.5) * 0.9) * step,
		size: 0.45 + random() ** 2 * 0.55,
		character: random(),
	}));
	return (x) => {
		const near = Math.floor(x / step) + 2;
		let highest = 0;
		for (let i = Math.max(0, near - 3); i <= near + 3 && i < count; i++) {
			const { at, size, character } = all[i] as (typeof all)[number];
			const across = (x - at) / (halfWidth * (0.6 + 0.4 * size));
			if (across <= -1 || across >= 1) continue;
			highest = Math.max(highest, size * shape(across, character));
		}
		return highest;
	};
}

export const pineTree: Bump = (across, character) => {
	const side = Math.abs(across);
	const branches = 6 + Math.floor(character * 4);
	// Each tier of branches hangs over the one below it.
	const tier = (side * branches) % 1;
	return (1 - side) ** 1.15 + (tier - 0.5) * 0.11 * (side > 0.06 ? 1 : 0);
};

export const roundTree: Bump = (across) => Math.sqrt(1 - across * across);

export const house: Bump = (across, character) => {
	if (Math.abs(across) > 0.8) return 0;
	const isSpire = character > 0.86 && Math.abs(across) < 0.045;
	const isNarrowTop = character > 0.5 && Math.abs(across) > 0.45;
	return isSpire ? 1.15 : isNarrowTop ? 0.82 : 1;
};
