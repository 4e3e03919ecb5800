import type { Command } from "commander";

/** Every command by the words that call it: `batch`, `runs`, `runs list`. */
export function commandPaths(program: Command): readonly string[] {
	return program.commands.flatMap((command) => [
		command.name(),
		...commandPaths(command).map((verb) => `${command.name()} ${verb}`),
	]);
}

/** The options of a line, with their values and without what stands behind `--`. */
export function optionWords(
	argv: readonly string[],
	program: Command,
): readonly string[] {
	const words: string[] = [];
	for (let at = 0; at < argv.length; at += 1) {
		const word = argv[at] ?? "";
		if (word === "--") break;
		if (!word.startsWith("-") || word === "-") continue;
		words.push(word);
		const value = argv[at + 1];
		if (value === undefined || !wantsValue(word, program)) continue;
		words.push(value);
		at += 1;
	}
	return words;
}

/** Whether the next word is the value: of `--output`, `-o`, and of `-fo`, but not of `--output=x` and `-ox`. */
function wantsValue(word: string, { options }: Command): boolean {
	if (word.startsWith("--"))
		return options.some(({ long, required }) => long === word && required);
	const shorts = [...word.slice(1)].map((letter) =>
		options.find(({ short }) => short === `-${letter}`),
	);
	const first = shorts.findIndex((option) => option?.required);
	return first >= 0 && first === shorts.length - 1;
}

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
