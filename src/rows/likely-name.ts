/** The name that was most likely meant: the same but for case, blanks and signs, a longer form of it, or one slip of a finger away. */
function likelyName(
	wanted: string,
	names: readonly string[],
): string | undefined {
	const target = letters(wanted);
	return (
		names.find((name) => letters(name) === target) ??
		names.find((name) => isSlip(letters(name), target)) ??
		names.find((name) => target !== "" && letters(name).includes(target))
	);
}

/** ` (did you mean "Prompt"?)`, or nothing. */
export function didYouMean(wanted: string, names: readonly string[]): string {
	const name = likelyName(wanted, names);
	return name === undefined ? "" : ` (did you mean "${name}"?)`;
}

function letters(name: string): string {
	return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

/** Whether the names differ in one place only: a letter more, less or other, or two swapped. */
function isSlip(a: string, b: string): boolean {
	let start = 0;
	while (start < a.length && a[start] === b[start]) start++;
	let end = 0;
	const most = Math.min(a.length, b.length) - start;
	while (end < most && a.at(-1 - end) === b.at(-1 - end)) end++;
	const [restA, restB] = [a, b].map((name) =>
		name.slice(start, name.length - end),
	) as [string, string];
	const isSwap = restA.length === 2 && restA === [...restB].reverse().join("");
	// Of two letters any two names differ in one place.
	return (
		Math.min(a.length, b.length) > 2 &&
		(isSwap || Math.max(restA.length, restB.length) <= 1)
	);
}
