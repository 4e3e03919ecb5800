/** The beginning of a text, at most `longest` characters; `…` stands for the rest. */
export function shorten(text: string, longest: number): string {
	// By code points, so that no emoji is left in halves; only as far as can matter, as the text may be a whole file.
	const characters = [...text.slice(0, 2 * longest + 2)];
	if (characters.length <= longest) return text;
	return `${characters.slice(0, longest - 1).join("")}…`;
}

/** The same with line ends, tabs and runs of blanks as one blank each. */
export function shortenToLine(text: string, longest: number): string {
	return shorten(text.replace(/\s+/g, " ").trim(), longest);
}
