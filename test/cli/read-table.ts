/** Rows of a test as text: a line each, with bars between its cells. */
export function readTable(text: string): readonly (readonly string[])[] {
	const lines = text.trim().split("\n");
	return lines.map((line) => line.split(" | ").map((cell) => cell.trim()));
}

/** The arguments of a line; those with blanks, and empty ones, are in quotes. */
export function wordsOf(line: string): readonly string[] {
	const words = line.matchAll(/"([^"]*)"|\S+/g);
	return Array.from(words, ([word, quoted]) => quoted ?? word);
}

/** A command as a shell reads it: variables, then arguments. */
export function commandOf(line: string): {
	readonly env: Readonly<Record<string, string>>;
	readonly words: readonly string[];
} {
	const all = wordsOf(line);
	const variables = all.filter((word) => /^[A-Z_]+=/.test(word));
	return {
		env: Object.fromEntries(variables.map((one) => one.split("="))),
		words: all.slice(variables.length),
	};
}
