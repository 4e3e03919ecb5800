import { mistypedName, nearestName } from "../system/nearest-name.ts";

export interface NearestCommand {
	/** The word or words that were taken for its name. */
	readonly typed: string;
	/** Ways to call it, for one `runs list`; several where a verb has several nouns. */
	readonly paths: readonly string[];
	readonly taken: number;
}

const namesElsewhere: Readonly<Partial<Record<string, string>>> = {
	cost: "spend",
	costs: "spend",
	credits: "balance",
	history: "runs-list",
};

/**
 * The command that a lone word may be meant for, verbs without their noun included: `login` is near `auth login`.
 * @param paths every command by the words that call it
 */
export function commandNear(
	word: string,
	paths: readonly string[],
): NearestCommand | undefined {
	const names = namesOf(paths);
	const lower = word.toLowerCase();
	const typed = namesElsewhere[lower] ?? lower;
	// One or two letters are near anything.
	if (typed.length < 3) return undefined;
	const isName = names.includes(typed) || paths.includes(spaced(typed));
	const near = isName
		? spaced(typed)
		: (mistypedName(typed, names) ?? nearestName(typed, names));
	return near === undefined ? undefined : found(word, near, 1, paths);
}

/**
 * The command that the first of several words may be meant for. A prompt without quotes may begin with a verb such
 * as `set`, so only nouns are looked for behind a slip.
 */
export function commandAhead(
	words: readonly string[],
	paths: readonly string[],
): NearestCommand | undefined {
	const [first = "", second = ""] = words;
	const nouns = namesOf(paths.filter((path) => !path.includes(" ")));
	const noun = nameMeant(first, nouns);
	const verbs = (of: string) =>
		paths.flatMap((path) =>
			path.startsWith(`${of} `) ? [path.slice(of.length + 1)] : [],
		);
	if (noun !== undefined) {
		const verb = nameMeant(second, verbs(noun));
		return verb === undefined
			? found(first, noun, 1, paths)
			: found(`${first} ${second}`, `${noun} ${verb}`, 2, paths);
	}
	const behind = nameMeant(second, nouns);
	const verb = behind && nameMeant(first, verbs(behind));
	if (verb) return found(`${first} ${second}`, `${behind} ${verb}`, 2, paths);
	const isVerb = paths.some((path) => path.endsWith(` ${first.toLowerCase()}`));
	return isVerb ? found(first, first.toLowerCase(), 1, paths) : undefined;
}

function found(
	typed: string,
	name: string,
	taken: number,
	paths: readonly string[],
): NearestCommand {
	const exact = paths.filter((path) => withoutDashes(path) === name);
	const ways =
		exact.length > 0
			? exact
			: paths.filter((path) => path.endsWith(` ${name}`));
	return { typed, paths: ways, taken };
}

function namesOf(paths: readonly string[]): readonly string[] {
	const parts = paths.flatMap((path) => path.split(" ").slice(-1));
	return [...new Set(parts.map(withoutDashes))];
}

/** `version`, of `--version`. */
function withoutDashes(path: string): string {
	return path.replace(/^--/, "");
}

function nameMeant(word: string, names: readonly string[]): string | undefined {
	const typed = word.toLowerCase();
	return names.find((name) => name === typed) ?? mistypedName(typed, names);
}

/** `runs-list` as the two words that it may be. */
function spaced(word: string): string {
	return word.replace("-", " ");
}
