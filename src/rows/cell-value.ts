/** The value of a cell for an input of a model: JSON where it parses, text where it doesn't, as with `--param`. */
export function readCell(text: string): unknown {
	// Most cells are plain text, and an exception costs more than all the rest of the row.
	if (!/^\s*(?:[-\d"[{]|true|false|null)/.test(text)) return text;
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}
