import { Failure } from "../errors.ts";
import { mistypedName } from "../nearest-name.ts";

/**
 * The prompt that the words of a command line are; undefined where there are none. Guessing is free: words that
 * may have been meant for a command, and a prompt without quotes, cost nothing.
 * @param argv the whole command line, to show it as it should be
 * @param names of the commands
 * @throws {Failure} `usage`
 */
export function readPromptArgument(
	words: readonly string[],
	argv: readonly string[],
	names: readonly string[],
): string | undefined {
	const [word] = words;
	if (word === undefined) return undefined;
	if (words.length > 1) throw severalWords(words, argv);
	if (!argv.includes("--")) checkNotCommand(word, names);
	return word;
}

function severalWords(
	words: readonly string[],
	argv: readonly string[],
): Failure {
	const rest = [...argv];
	for (const word of words) rest.splice(rest.indexOf(word), 1);
	const prompt = inQuotes(words.join(" "));
	const line = rest.includes("--")
		? ["flux-ultra", ...rest, prompt]
		: ["flux-ultra", prompt, ...rest];
	return new Failure(
		"usage",
		`${words.length} words where one prompt is expected`,
		{ hint: `put the prompt in quotes: ${line.join(" ")}` },
	);
}

/** As people quote it, unless the shell would read something into that. */
function inQuotes(prompt: string): string {
	return /["$`\\!]/.test(prompt)
		? `'${prompt.replaceAll("'", `'\\''`)}'`
		: `"${prompt}"`;
}

/** A slip such as `flux-ultra resme` must not buy a picture of the word. */
function checkNotCommand(prompt: string, names: readonly string[]): void {
	const meant = mistypedName(prompt, names);
	if (meant === undefined) return;
	throw new Failure("usage", `"${prompt}" looks like the command ${meant}`, {
		hint: `the command: flux-ultra ${meant}; the picture: flux-ultra -- ${prompt}`,
	});
}
