import { createHash } from "node:crypto";
import { Failure } from "../errors.ts";
import { type Piece, parseTemplate } from "../names/template.ts";
import { counted } from "../system/plural.ts";
import { maxImages, maxPromptBytes } from "./row.ts";
import { quoted } from "./wording.ts";

/** A prompt that the choices of a text make. */
export interface Combination {
	readonly prompt: string;
	/** What was chosen, in the order of the text; names have it as `{1}`, `{2}`. */
	readonly choices: readonly string[];
}

/** What `--each` says of the texts of a command. */
export interface Each {
	/** How many combinations of a text are drawn; undefined: all. */
	readonly sample: number | undefined;
	/** The words of `{file:name}`. @throws {Failure} `usage` */
	readonly readList: (name: string) => Promise<readonly string[]>;
}

/**
 * The prompts of a text with choices in braces, `{red|blue}` or `{file:colours.txt}`; the last choice changes first. `{{`
 * and `}}` are braces. One without choices is one prompt.
 * @param seed what is drawn is decided by it and the text; a larger sample begins with those of a smaller one
 * @throws {Failure} `usage` for braces that are no choice, and more combinations than one command may ask for
 */
export async function combinationsOf(
	text: string,
	seed: number | undefined,
	{ sample, readList }: Each,
): Promise<readonly Combination[]> {
	const pieces = piecesOf(text);
	const lists: (readonly string[])[] = [];
	for (const piece of pieces)
		if (piece.kind === "placeholder")
			lists.push(await wordsOf(piece.name, readList));
	const count = lists.reduce((product, list) => product * list.length, 1);
	if (Math.min(count, sample ?? count) > maxImages) throw tooMany(count);
	const chosen =
		sample === undefined || sample >= count
			? allOf(lists)
			: draw(lists, sample, `${seed ?? ""} ${text}`);
	const combinations = chosen.map((choices) => ({
		prompt: checkPrompt(fill(pieces, choices), text),
		choices,
	}));
	// {a|ab}{bc|c} says abc twice.
	const seen = new Set<string>();
	return combinations.filter(
		({ prompt }) => !seen.has(prompt) && seen.add(prompt),
	);
}

/** Whether braces hold a choice, and not the name of a column. */
export function isChoice(name: string): boolean {
	return name.includes("|") || listNamed(name) !== undefined;
}

/** The first choice in a text, with its braces: without `--each` it is sent as it stands. */
export function choiceIn(text: string): string | undefined {
	const braces = text.match(/(?<!\{)\{[^{}]+\}(?!\})/g);
	return braces?.find((one) => isChoice(one.slice(1, -1)));
}

/** For people who left out `--each`. */
export function choiceAsText(choice: string): string {
	return `${quoted(choice)} is sent as it stands; --each makes an image of each choice`;
}

/** The file that `{file:colours.txt}` names. */
export function listNamed(name: string): string | undefined {
	return /^\s*file:(.*)$/s.exec(name)?.[1]?.trim();
}

function piecesOf(text: string): readonly Piece[] {
	try {
		return parseTemplate(text);
	} catch (cause) {
		throw new Failure(
			"usage",
			`a brace is never closed in ${quoted(text)}, or stands within others`,
			{
				hint: "choices hold no braces, but lines of a {file:…} may; write {{ and }} for braces in the prompt",
				cause,
			},
		);
	}
}

async function wordsOf(
	name: string,
	readList: Each["readList"],
): Promise<readonly string[]> {
	if (!isChoice(name))
		throw new Failure("usage", `${quoted(`{${name}}`)} is no choice`, {
			hint: `write {red|blue} or {file:colours.txt}, and ${quoted(`{{${name}}}`)} for the braces themselves`,
		});
	const file = listNamed(name);
	const words = file === undefined ? name.split("|") : await readList(file);
	return [...new Set(words)];
}

/** Of at most `maxImages`. */
function allOf(
	lists: readonly (readonly string[])[],
): readonly (readonly string[])[] {
	return lists.reduce<readonly (readonly string[])[]>(
		(chosen, list) =>
			chosen.flatMap((words) => list.map((word) => [...words, word])),
		[[]],
	);
}

/** @param number less than there are */
function draw(
	lists: readonly (readonly string[])[],
	number: number,
	basis: string,
): readonly (readonly string[])[] {
	const drawn = new Map<string, readonly string[]>();
	for (let turn = 1; drawn.size < number; turn += 1) {
		const bytes = createHash("shake256", { outputLength: 6 * lists.length })
			.update(`${turn} ${basis}`)
			.digest();
		const words = lists.map(
			(list, at) => list[bytes.readUIntBE(6 * at, 6) % list.length] ?? "",
		);
		drawn.set(JSON.stringify(words), words);
	}
	return [...drawn.values()];
}

function fill(pieces: readonly Piece[], choices: readonly string[]): string {
	let next = 0;
	return pieces
		.map((piece) => (piece.kind === "text" ? piece.text : choices[next++]))
		.join("");
}

function checkPrompt(prompt: string, text: string): string {
	if (prompt.trim() === "")
		throw new Failure(
			"usage",
			`one of the choices in ${quoted(text)} leaves the prompt empty`,
		);
	if (Buffer.byteLength(prompt) > maxPromptBytes)
		throw new Failure(
			"usage",
			`one of the choices in ${quoted(text)} makes the prompt longer than ${maxPromptBytes / 1024} KiB`,
		);
	return prompt;
}

function tooMany(count: number): Failure {
	const combinations =
		count > 1_000_000
			? "more than a million combinations"
			: counted(count, "combination");
	return new Failure(
		"usage",
		`the prompt has ${combinations}; at most ${maxImages} of one prompt`,
		{ hint: "to draw some of them: --sample 8" },
	);
}
