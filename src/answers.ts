import { commandPaths } from "./commands/grammar/command-line.ts";
import { helpText, helpTopics } from "./commands/grammar/help.ts";
import { readVersion } from "./package-files.ts";
import { createProgram } from "./program.ts";
import type { Runtime } from "./runtime.ts";

/**
 * What the program says of itself, by the words that ask for it: `--version`, `help`, and of each command and topic `help runs list`.
 * The build keeps it beside the program, which then needs no grammar to say it.
 */
export function makeAnswers(runtime: Runtime): Record<string, string> {
	const program = createProgram(runtime, () => {});
	const questions = ["", ...commandPaths(program), ...helpTopics];
	return Object.fromEntries([
		["--version", `${readVersion()}\n`],
		...questions.map((question) => {
			const words = question.split(" ").filter(Boolean);
			return [`help ${question}`.trim(), helpText(words, program)];
		}),
	]);
}
