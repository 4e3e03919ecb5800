import type { Command, Option } from "commander";
import { expandHome } from "../../system/home-folder.ts";

/** Every command by the words that call it: `batch`, `runs`, `runs list`. */
export function commandPaths(program: Command): readonly string[] {
	return program.commands.flatMap((command) => [
		command.name(),
		...commandPaths(command).map((verb) => `${command.name()} ${verb}`),
	]);
}

/** The options of a line, each with its value, and without what stands behind `--`. */
export function optionsIn(
	argv: readonly string[],
	command: Command,
): readonly (readonly string[])[] {
	const options: string[][] = [];
	for (let at = 0; at < argv.length; at += 1) {
		const word = argv[at] ?? "";
		if (word === "--") break;
		if (!word.startsWith("-") || word === "-") continue;
		const value = argv[at + 1];
		if (value === undefined || !optionBefore(word, command)) {
			options.push([word]);
			continue;
		}
		options.push([word, value]);
		at += 1;
	}
	return options;
}

/** The option whose value the next word is: of `--output`, `-o`, and of `-fo`, but not of `--output=x` and `-ox`. */
export function optionBefore(
	word: string,
	{ options }: Command,
): Option | undefined {
	if (word.startsWith("--"))
		return options.find(({ long, required }) => long === word && required);
	if (!word.startsWith("-")) return undefined;
	const shorts = [...word.slice(1)].map((letter) =>
		options.find(({ short }) => short === `-${letter}`),
	);
	const first = shorts.findIndex((option) => option?.required);
	return first === shorts.length - 1 ? shorts[first] : undefined;
}

/** What the value of an option or argument is called where it is a path: `<path|url>`, `<file.har>`. */
export const pathValue = /(^|<)(path|file|image|folder|profile)\b/;

/** Has options of paths name the user's folder by `~/`, which a shell leaves in quotes, as templates are written. */
export function expandHomes(
	command: Command,
	user: Parameters<typeof expandHome>[1],
): void {
	const expand = (value: unknown) =>
		typeof value === "string" ? expandHome(value, user) : value;
	for (const option of command.options) {
		const name = option.attributeName();
		const value: unknown = command.getOptionValue(name);
		if (value === undefined || !pathValue.test(option.flags)) continue;
		const expanded = Array.isArray(value) ? value.map(expand) : expand(value);
		command.setOptionValue(name, expanded);
	}
}

/** The line with what every command takes, such as `--sandbox`, behind the command that it stands before. */
export function commandFirst(
	argv: readonly string[],
	program: Command,
): readonly string[] {
	const start = argv.findIndex((word) => !commonFlags.includes(word));
	const { path } = commandOf(argv.slice(Math.max(start, 0)), program);
	if (start < 1 || path.length === 0) return argv;
	const rest = argv.slice(start + path.length);
	return [...path, ...argv.slice(0, start), ...rest];
}

const commonFlags: readonly string[] = [
	"--json",
	"-q",
	"--quiet",
	"-v",
	"--verbose",
	"--sandbox",
	"--no-color",
];

/** The command that words mean, as far as they name one: nothing can stand before the noun. */
export function commandOf(
	words: readonly string[],
	program: Command,
): { readonly command: Command; readonly path: readonly string[] } {
	const [first, ...rest] = words;
	const command = program.commands.find((one) => one.name() === first);
	if (command === undefined) return { command: program, path: [] };
	const below = commandOf(rest, command);
	return { ...below, path: [command.name(), ...below.path] };
}
