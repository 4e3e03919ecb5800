/** A value as a message quotes it: on one line, its beginning where it is long. Control characters are left for `escaped`. */
export function shown(value: unknown): string {
	if (typeof value === "string") return `"${cut(value)}"`;
	// JSON has no Infinity, which is what it reads 1e999 as.
	return typeof value === "number" ? String(value) : cut(JSON.stringify(value));
}

/** Names as a message lists them: the first few. */
export function shownNames(names: readonly string[]): string {
	const rest = names.length - maxNames;
	const list = names.slice(0, maxNames).map(cut).join(", ");
	return rest > 0 ? `${list} and ${rest} more` : list;
}

/** What the user calls the source of the rows. */
export function sourceName(name: string): string {
	return name === "-" ? "stdin" : name;
}

// A line of a terminal with room for the words around it.
const maxLetters = 60;
const maxNames = 12;

function cut(text: string): string {
	// By code points, so that no emoji is left in halves.
	const letters = [...text.slice(0, 2 * maxLetters + 2)];
	return letters.length > maxLetters
		? `${letters.slice(0, maxLetters).join("")}…`
		: text;
}
