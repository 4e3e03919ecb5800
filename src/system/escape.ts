/**
 * Text from outside (prompts, files, the service) as it may be shown: what would move the cursor, start an escape
 * sequence or turn the reading order round is spelled out (`\x1b`, `\n`, `\u202e`). A lone surrogate becomes U+FFFD.
 */
export function escaped(
	text: string,
	{ keepNewlines = false }: { readonly keepNewlines?: boolean } = {},
): string {
	return text.replace(harmful, (character) => {
		if (character === "\n" && keepNewlines) return character;
		if (loneSurrogate.test(character)) return "\ufffd";
		return named[character] ?? escapeCode(character);
	});
}

/** JSON on one line that is safe to print: the same value for a parser, with what `escaped` spells out escaped. */
export function escapedJson(value: unknown): string {
	// JSON.stringify escapes C0 and lone surrogates itself; C1, DEL and the reading order it lets through.
	return (JSON.stringify(value) ?? "null").replace(
		harmful,
		(character) => `\\u${hex(character, 4)}`,
	);
}

/** Control characters (C0, DEL, C1), lone surrogates, line and paragraph separators, bidi overrides and isolates. */
const harmful = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
const loneSurrogate = /\p{Cs}/u;

const named: Readonly<Record<string, string>> = {
	"\n": "\\n",
	"\r": "\\r",
	"\t": "\\t",
};

function escapeCode(character: string): string {
	return character < "\u0100"
		? `\\x${hex(character, 2)}`
		: `\\u${hex(character, 4)}`;
}

function hex(character: string, width: number): string {
	return character.charCodeAt(0).toString(16).padStart(width, "0");
}
