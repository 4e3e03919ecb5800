/** Text of the catalogue on one line, at most so many characters. */
export function oneLine(text: string, longest: number): string {
	const characters = [...text.replace(/\s+/g, " ").trim()];
	if (characters.length <= longest) return characters.join("");
	return `${characters.slice(0, longest - 1).join("")}…`;
}
