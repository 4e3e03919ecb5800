import { stripVTControlCharacters } from "node:util";

const MAX_CHARACTERS = 60;
/** Leaves room in a name of 255 bytes for seed, index and extension where a letter takes three or four bytes. */
const MAX_BYTES = 180;
/** More of a prompt than can ever reach its slug; a prompt may be 64 KiB long. */
const READ_CHARACTERS = 2_000;

/**
 * The words of a prompt as part of a file name: lower case, joined by "-", letters and digits of any script (NFC), at
 * most about 60 characters. Everything else is dropped: emoji, punctuation, slashes, control characters, escape sequences.
 * Never empty.
 * @param choices what tells the prompt from others of the same words: where the prompt is cut they stand first
 */
export function slugOf(
	prompt: string,
	choices: readonly string[] = [],
): string {
	const { slug, isCut } = startOfWords(wordsOf(prompt));
	if (!isCut || choices.length === 0) return slug;
	return startOfWords(wordsOf([...choices, prompt].join(" "))).slug;
}

function startOfWords(words: readonly string[]): {
	readonly slug: string;
	readonly isCut: boolean;
} {
	let slug = "";
	for (const word of words) {
		const longer = slug === "" ? word : `${slug}-${word}`;
		// Languages without spaces: a long first word is all that there is.
		if (!fits(longer))
			return { slug: slug === "" ? startOf(word) : slug, isCut: true };
		slug = longer;
	}
	return { slug: slug === "" ? "image" : slug, isCut: false };
}

function wordsOf(prompt: string): readonly string[] {
	const text = stripVTControlCharacters(prompt.slice(0, READ_CHARACTERS))
		// Keycap emoji and styled symbols would leave their invisible marks on a digit.
		.replace(/[\p{Me}\p{Variation_Selector}]/gu, "")
		// Apostrophes and invisible joiners stand inside words: "don't" is one.
		.replace(/(?<=[\p{L}\p{M}])['’\p{Cf}]+(?=\p{L})/gu, "")
		.toLowerCase()
		.normalize("NFC");
	return text.match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/gu) ?? [];
}

function startOf(word: string): string {
	let start = "";
	for (const { segment } of new Intl.Segmenter().segment(word)) {
		if (!fits(start + segment)) break;
		start += segment;
	}
	// One letter with a heap of marks on it: the letter will do.
	return start === "" ? String.fromCodePoint(word.codePointAt(0) ?? 0) : start;
}

function fits(text: string): boolean {
	return text.length <= MAX_CHARACTERS && Buffer.byteLength(text) <= MAX_BYTES;
}
