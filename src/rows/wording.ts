import { nearestName } from "../system/nearest-name.ts";
import { shorten } from "../system/shorten.ts";

/** A value as a message quotes it: on one line, cut where it is long. Control characters are left for `escaped`. */
export function quoted(value: unknown): string {
	if (typeof value === "string") return `"${short(value)}"`;
	// JSON has no Infinity, which is what it reads 1e999 as.
	return typeof value === "number"
		? String(value)
		: short(JSON.stringify(value));
}

/** Names as a message lists them: the first few. */
export function listed(names: readonly string[]): string {
	const rest = names.length - maxNames;
	const list = names.slice(0, maxNames).map(short).join(", ");
	return rest > 0 ? `${list} and ${rest} more` : list;
}

/** ` (did you mean "prompt"?)`, of what a user typed and the names that there are; nothing where none is near. */
export function didYouMean(typed: string, names: readonly string[]): string {
	const name = nearestOf(typed, names);
	return name === undefined ? "" : ` (did you mean "${name}"?)`;
}

/** ` (the nearest is "promt")`, of a name that we want and those that a user has; nothing where none is near. */
export function theNearest(wanted: string, names: readonly string[]): string {
	const name = nearestOf(wanted, names);
	return name === undefined ? "" : ` (the nearest is "${name}")`;
}

/** The nearest of the names, or one with the wanted name in it. */
function nearestOf(
	wanted: string,
	names: readonly string[],
): string | undefined {
	// Who looks for the nearest name pays for each letter of each.
	const candidates = names.filter((name) => name.length <= maxLetters);
	return (
		nearestName(wanted, candidates) ??
		candidates.find((one) => wanted !== "" && hasWithin(one, wanted))
	);
}

function hasWithin(name: string, wanted: string): boolean {
	return name.toLowerCase().includes(wanted.toLowerCase());
}

// A line of a terminal with room for the words around it, the ellipsis counted.
const maxLetters = 61;
const maxNames = 12;

function short(text: string): string {
	return shorten(text, maxLetters);
}
