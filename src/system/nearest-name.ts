/** The name that somebody who typed `text` most likely meant; undefined where none is near. */
export function nearestName<N extends string>(
	text: string,
	names: readonly N[],
): N | undefined {
	const typed = text.toLowerCase().replaceAll("_", "-").slice(0, 64);
	const begun = names.find((name) => typed !== "" && name.startsWith(typed));
	if (begun !== undefined) return begun;
	return (
		names
			// Each letter more or less is an edit: most names need not be compared.
			.filter((name) => Math.abs(name.length - typed.length) <= mostEdits(name))
			.map((name) => ({ name, edits: countEdits(typed, name) }))
			.filter(({ name, edits }) => edits <= mostEdits(name))
			.sort((a, b) => a.edits - b.edits)[0]?.name
	);
}

/** Beyond a third of its letters a word is another word, not a slip. */
function mostEdits(name: string): number {
	return Math.floor(name.length / 3);
}

/** Letters to insert, drop, replace or swap with their neighbour to make `to` of `from` (Damerau-Levenshtein, each place once), row by row. */
function countEdits(from: string, to: string): number {
	let before: readonly number[] = [];
	let row = Array.from({ length: to.length + 1 }, (_, column) => column);
	for (const [index, letter] of [...from].entries()) {
		const next = [index + 1];
		for (const [column, other] of [...to].entries()) {
			const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
			const dropped = (row[column + 1] ?? 0) + 1;
			const inserted = (next[column] ?? 0) + 1;
			const isSwap = letter === to[column - 1] && other === from[index - 1];
			const swapped = isSwap ? (before[column - 1] ?? 0) + 1 : replaced;
			next.push(Math.min(replaced, dropped, inserted, swapped));
		}
		before = row;
		row = next;
	}
	return row[to.length] ?? 0;
}

/** The name of which `text` is a slip: one letter, or two swapped; of a name of six letters or more also two such. */
export function mistypedName<N extends string>(
	text: string,
	names: readonly N[],
): N | undefined {
	const typed = text.toLowerCase().slice(0, 64);
	const isSlip = (name: string) => {
		const edits = countEdits(typed, name);
		return edits > 0 && edits <= (name.length >= 6 ? 2 : 1);
	};
	return names.find(isSlip);
}
