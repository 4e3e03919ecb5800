import { Failure, hintAt } from "../../errors.ts";
import { fileMeant, isFileName, usesOf } from "../file-argument.ts";
import {
	commandAhead,
	commandNear,
	type NearestCommand,
} from "../nearest-command.ts";
import { retype } from "../retype.ts";

export interface PromptLine {
	readonly options: readonly string[];
	/** Whether the prompt stands behind `--`. */
	readonly isMarked: boolean;
	/** Every command by the words that call it. */
	readonly commands: readonly string[];
	readonly cwd: string;
}

/**
 * The prompt that the words of a command line are; undefined where there are none. Guessing is free: a word that may
 * be a command's name, the name of a file, and a prompt without quotes cost nothing.
 * @throws {Failure} `usage`; no line that it shows buys anything but what was certainly meant
 */
export async function readPromptArgument(
	words: readonly string[],
	line: PromptLine,
): Promise<string | undefined> {
	const [word] = words;
	if (word === undefined) return undefined;
	if (words.length > 1) throw severalWords(words, line);
	if (line.isMarked) return word;
	const named = await fileMeant(word, line.cwd);
	if (named) throw named;
	const name = word.trim();
	if (loneWord.test(name)) throw wordAsPrompt(name, line);
	return word;
}

/** Of the scripts that part words by blanks: where they don't, one "word" may say all. No name is as long as 100 letters. */
const loneWord =
	/^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}][\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{M}-]{0,99}$/u;

/** A line that begins with a command's name, or nearly; undefined where it doesn't. */
export function slipInCommand(
	words: readonly string[],
	{ options, commands }: Pick<PromptLine, "options" | "commands">,
): Failure | undefined {
	const near = commandAhead(words, commands);
	if (near === undefined) return undefined;
	// What stands behind `login` may be a key.
	const isAuth = near.paths[0]?.startsWith("auth");
	const rest = isAuth ? [] : [...words.slice(near.taken), ...options];
	const { hint, next } = callOf(near, rest);
	return new Failure("usage", looksLike(near), {
		hint: `${hint}; a prompt is one argument, in quotes`,
		next,
	});
}

function severalWords(words: readonly string[], line: PromptLine): Failure {
	const slip = line.isMarked ? undefined : slipInCommand(words, line);
	if (slip) return slip;
	if (words.some((word) => /\s/.test(word))) return severalPrompts(words);
	const message = `${words.length} words where one prompt is expected`;
	const file = words.find(isFileName);
	if (file !== undefined && !line.isMarked)
		return new Failure("usage", message, {
			hint: `the prompt goes in quotes; ${usesOf(file)}`,
		});
	const prompt = inQuotes(words.join(" ").replace(typographicQuotes, "$1"));
	const options = wordsOf(line.options);
	const shown = line.isMarked
		? `flux-ultra${options} -- ${prompt}`
		: `flux-ultra ${prompt}${options}`;
	const isFree = line.options.includes("--dry-run");
	return new Failure(
		"usage",
		message,
		hintAt("put the prompt in quotes", shown, isFree ? "free" : "spends"),
	);
}

function wordsOf(argv: readonly string[]): string {
	return retype(argv).slice("flux-ultra".length);
}

/** Some were in quotes, so nobody can tell where one prompt ends: no line is shown that would buy them as one. */
function severalPrompts(words: readonly string[]): Failure {
	return new Failure(
		"usage",
		`${words.length} arguments where one prompt is expected:${wordsOf(words)}`,
		{
			hint: "a command for each; or a line for each in a file: flux-ultra batch prompts.txt --dry-run",
		},
	);
}

/** Around the whole: what a word processor or a chat makes of quotes, and no shell takes for any. */
const typographicQuotes = /^[“”„«»‘’](.*)[“”«»‘’]$/s;

/** As people quote it, unless the shell would read something into that. */
function inQuotes(prompt: string): string {
	return /["$`\\!]/.test(prompt)
		? `'${prompt.replaceAll("'", `'\\''`)}'`
		: `"${prompt}"`;
}

function wordAsPrompt(
	word: string,
	{ options, commands }: PromptLine,
): Failure {
	const near = commandNear(word, commands);
	const line = [...options, "--", word];
	const picture = `a picture of the word: ${retype(line)}`;
	const { hint, next } = near ? callOf(near, []) : allCommands;
	return new Failure(
		"usage",
		near ? looksLike(near) : `"${word}" is one word, and no command`,
		{ hint: `${hint}; ${picture}`, next },
	);
}

function looksLike({ typed, paths }: NearestCommand): string {
	return `"${typed}" looks like the command ${paths.join(" or ")}`;
}

const allCommands: ReturnType<typeof hintAt> = {
	hint: "all commands: flux-ultra --help",
};

/** The command as it should be typed. Of those only a batch buys, so that is shown as a dry run. */
function callOf(
	{ paths }: NearestCommand,
	rest: readonly string[],
): ReturnType<typeof hintAt> {
	const calls = paths.map((one) => {
		const given = paths.length > 1 ? [] : rest;
		const free = given.length === 0 ? "--help" : "--dry-run";
		return retype([
			...one.split(" "),
			...given,
			...(one === "batch" ? [free] : []),
		]);
	});
	const [command = "", ...others] = calls;
	if (others.length > 0) return { hint: `the command: ${calls.join(" or ")}` };
	const effect = rest.includes("--live") ? "spends" : "free";
	return hintAt("the command", command, effect);
}
