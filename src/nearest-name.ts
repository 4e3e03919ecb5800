/** The name that somebody who typed `text` most likely meant; undefined where none is near. */
export function nearestName<N extends string>(
	text: string,
	names: readonly N[],
): N | undefined {
	const typed = text.toLowerCase().replaceAll("_", "-").slice(0, 64);
	const begun = names.find((name) => typed !== "" && name.startsWith(typed));
	if (begun !== undefined) return begun;
	const ranked = names
		.map((name) => ({ name, edits: countEdits(typed, name) }))
		.sort((a, b) => a.edits - b.edits)[0];
	// Beyond a third of its letters a word is another word, not a slip.
	return ranked && ranked.edits <= Math.ceil(ranked.name.length / 3)
		? ranked.name
		: undefined;
}

/** Letters to insert, drop or replace to make `to` of `from` (Levenshtein), row by row. */
function countEdits(from: string, to: string): number {
	let row = Array.from({ length: to.length + 1 }, (_, column) => column);
	for (const [index, letter] of [...from].entries()) {
		const next = [index + 1];
		for (const [column, other] of [...to].entries()) {
			const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
			const dropped = (row[column + 1] ?? 0) + 1;
			const inserted = (next[column] ?? 0) + 1;
			next.push(Math.min(replaced, dropped, inserted));
		}
		row = next;
	}
	return row[to.length] ?? 0;
}

/** The name of which `text` is a slip of one letter. */
export function mistypedName<N extends string>(
	text: string,
	names: readonly N[],
): N | undefined {
	return names.find((name) => countEdits(text.toLowerCase(), name) === 1);
}
