import { shorten } from "../system/shorten.ts";

/** A value as a message quotes it: on one line, its beginning where it is long. Control characters are left for `escaped`. */
export function shown(value: unknown): string {
	if (typeof value === "string") return `"${short(value)}"`;
	// JSON has no Infinity, which is what it reads 1e999 as.
	return typeof value === "number"
		? String(value)
		: short(JSON.stringify(value));
}

/** Names as a message lists them: the first few. */
export function shownNames(names: readonly string[]): string {
	const rest = names.length - maxNames;
	const list = names.slice(0, maxNames).map(short).join(", ");
	return rest > 0 ? `${list} and ${rest} more` : list;
}

/** What the user calls the source of the rows. */
export function sourceName(name: string): string {
	return name === "-" ? "stdin" : name;
}

// A line of a terminal with room for the words around it, the ellipsis counted.
const maxLetters = 61;
const maxNames = 12;

function short(text: string): string {
	return shorten(text, maxLetters);
}
