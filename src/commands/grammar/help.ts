import type { Command } from "commander";
import { Failure } from "../../errors.ts";
import { nearestName } from "../../system/nearest-name.ts";

/** `flux-ultra help`, of the program, a command, or a verb: `help runs wait`. */
export function helpGrammar(program: Command): void {
	for (const noun of program.commands)
		if (noun.commands.length > 0)
			noun.helpCommand("help [command]", "show help");
	program
		.helpCommand(false)
		.command("help [command...]")
		.description("show help")
		.action((words: string[]) => commandNamed(words, program).help());
}

function commandNamed(words: readonly string[], command: Command): Command {
	const [word, ...rest] = words;
	if (word === undefined) return command;
	const found = command.commands.find((one) => one.name() === word);
	if (found) return commandNamed(rest, found);
	const meant = nearestName(
		word,
		command.commands.map((one) => one.name()),
	);
	const above = command.parent ? `${command.name()} ` : "";
	throw new Failure("usage", `no such command: ${above}${word}`, {
		hint: meant
			? `the nearest is: flux-ultra help ${above}${meant}`
			: "all of them: flux-ultra --help",
	});
}
