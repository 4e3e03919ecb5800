/**
 * Rows in which each two levels of any two factors stand together at least once: a covering array of strength 2, built
 * greedily. Each row starts from a pair that is still missing and takes of each further factor the level that brings
 * the most missing pairs. The same factors give the same rows.
 *
 * @param factors the levels of each factor
 */
export function pairwise<Level>(
	factors: readonly (readonly Level[])[],
): readonly (readonly Level[])[] {
	const missing = new Set(allPairs(factors));
	const rows: Level[][] = [];
	// A set is walked in order, past what is deleted meanwhile.
	for (const first of missing) {
		const row = new Map(first.split("/").map(readPlace));
		factors.forEach((levels, factor) => {
			if (row.has(factor)) return;
			const gain = (level: number) =>
				[...row].filter(([other, at]) =>
					missing.has(pairOf([factor, level], [other, at])),
				).length;
			const gains = levels.map((_, level) => gain(level));
			const best = gains.indexOf(Math.max(...gains));
			// Where nothing is to gain, each row another one, so that the usual ones do not pile up.
			row.set(factor, gains[best] ? best : rows.length % levels.length);
		});
		for (const one of row)
			for (const other of row) missing.delete(pairOf(one, other));
		rows.push(
			factors.map((levels, factor) => levels[row.get(factor) ?? 0] as Level),
		);
	}
	return rows;
}

/** Index of a factor, index of its level. */
type Place = readonly [number, number];

function allPairs(factors: readonly (readonly unknown[])[]): string[] {
	const places = factors.flatMap((levels, factor) =>
		levels.map((_, level): Place => [factor, level]),
	);
	return places.flatMap((one) =>
		places
			.filter(([factor]) => factor > one[0])
			.map((other) => pairOf(one, other)),
	);
}

function pairOf(one: Place, other: Place): string {
	return (one[0] < other[0] ? [one, other] : [other, one]).join("/");
}

function readPlace(text: string): Place {
	const [factor = 0, level = 0] = text.split(",").map(Number);
	return [factor, level];
}
