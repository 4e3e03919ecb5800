import { readFileSync } from "node:fs";

/** A fenced block of a page. */
export interface CodeBlock {
	/** What the fence says: `sh`, `console`. */
	readonly language: string;
	readonly code: string;
}

/** The code of a page of the documentation, in its order. */
export function codeOf(page: string): readonly CodeBlock[] {
	const text = readFileSync(
		new URL(`../../docs/${page}`, import.meta.url),
		"utf8",
	);
	return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(
		([, language = "", code = ""]) => ({ language, code }),
	);
}
