import type { Command } from "commander";
import { Failure } from "../../errors.ts";
import { nearestName } from "../../system/nearest-name.ts";
import { commandOf } from "./command-line.ts";

/** `flux-ultra help`, of the program, a command, or a verb (commander's own knows no verbs): `help runs wait`. */
export function helpGrammar(program: Command): void {
	for (const noun of program.commands)
		if (noun.commands.length > 0)
			noun.helpCommand("help [command]", "show help");
	program
		.helpCommand(false)
		.command("help [command...]")
		.description("show help")
		.action((words: string[]) => {
			const { command, path } = commandOf(words, program);
			const unknown = words[path.length];
			if (unknown === undefined) return command.help();
			const verbs = command.commands.map((verb) => verb.name());
			const meant = nearestName(unknown, verbs);
			const call = (word: string) => [...path, word].join(" ");
			throw new Failure("usage", `no such command: ${call(unknown)}`, {
				hint: meant
					? `the nearest is: flux-ultra help ${call(meant)}`
					: "all of them: flux-ultra --help",
			});
		});
}
