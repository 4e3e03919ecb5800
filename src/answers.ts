import { commandOf, commandPaths } from "./commands/grammar/command-line.ts";
import { readVersion } from "./package-files.ts";
import { createProgram } from "./program.ts";
import type { Runtime } from "./runtime.ts";

/**
 * What the program says of itself, by the words that ask for it: `--version`, and `--help` of each command (`runs list --help`).
 * The build keeps it beside the program, which then needs no grammar to say it.
 */
export function makeAnswers(runtime: Runtime): Record<string, string> {
	const answers: Record<string, string> = {
		"--version": `${readVersion()}\n`,
	};
	const program = createProgram(runtime, () => {});
	for (const path of ["", ...commandPaths(program)]) {
		let text = "";
		const writeOut = (more: string) => {
			text += more;
		};
		const { command } = commandOf(path.split(" "), program);
		command.configureOutput({ writeOut }).outputHelp();
		answers[`${path} --help`.trim()] = text;
	}
	return answers;
}
