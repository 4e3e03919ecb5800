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
