/** What a text is as JSON; where it is none, an HTML page of a proxy for one, `otherwise`. */
export function parseJson(text: string, otherwise?: unknown): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return otherwise;
	}
}
