import { type Command, Help } from "commander";
import { environment } from "../../environment.ts";
import { exitCodes, exitMeanings, Failure } from "../../errors.ts";
import { nearestName } from "../../system/nearest-name.ts";
import { commandOf } from "./command-line.ts";
import { firstScreen } from "./first-screen.ts";
import { outputHelp } from "./output-help.ts";

/** `flux-ultra help`, of the program, a command, a verb (commander's own knows no verbs), or a topic. */
export function helpGrammar(program: Command): void {
	for (const noun of program.commands)
		if (noun.commands.length > 0)
			noun.helpCommand("help [command]", "show help");
	program
		.helpCommand(false)
		.command("help [command...]")
		.description(`of a command, or of ${topicNames.join(", ")}`)
		.option("--all", "everything on one page")
		.action((words: string[], { all }) => {
			const text = helpText(all ? ["--all"] : words, program);
			if (text === undefined) throw unknownCommand(words, program);
			program.configureOutput().writeOut?.(text);
		});
}

/** What `help` prints of these words; undefined where they name neither a command nor a topic. */
export function helpText(
	words: readonly string[],
	program: Command,
): string | undefined {
	const topic = topics[words.join(" ")];
	if (topic) return topic(program);
	const { command, path } = commandOf(words, program);
	return path.length === words.length ? command.helpInformation() : undefined;
}

/** For `configureHelp`: the program's own help is one screen, that of a command all of its options. */
export function formatHelp(command: Command, help: Help): string {
	return command.parent ? reference(command, help) : firstScreen;
}

const topics: Readonly<Record<string, (program: Command) => string>> = {
	options(program) {
		const help = helpOf(program);
		help.visibleCommands = () => [];
		return reference(program, help);
	},
	"exit-codes": exitCodeHelp,
	environment: environmentHelp,
	output: () => outputHelp,
	"--all": (program) =>
		[
			reference(program, helpOf(program)),
			exitCodeHelp(program),
			environmentHelp(program),
			outputHelp,
		].join("\n"),
};

export const helpTopics = Object.keys(topics);

const topicNames = helpTopics.filter((name) => !name.startsWith("-"));

function exitCodeHelp(program: Command): string {
	const rows = Object.entries(exitMeanings).map(([exit, meaning]) => {
		const codes = Object.entries(exitCodes)
			.filter(([, one]) => one === Number(exit))
			.map(([code]) => code);
		const named = codes.length > 0 ? ` (${codes.join(", ")})` : "";
		return [exit, meaning + named] as const;
	});
	return table("Exit codes (and error.code of --json):", rows, program);
}

function environmentHelp(program: Command): string {
	return table("Environment:", Object.entries(environment), program);
}

function table(
	title: string,
	rows: readonly (readonly [term: string, description: string])[],
	program: Command,
): string {
	const help = helpOf(program);
	const width = Math.max(...rows.map(([term]) => term.length));
	const items = rows.map(([term, description]) =>
		help.formatItem(term, width, description, help),
	);
	return `${[title, ...items].join("\n")}\n`;
}

function helpOf(program: Command): Help {
	const help = program.createHelp();
	help.prepareContext({});
	return help;
}

function reference(command: Command, help: Help): string {
	return Help.prototype.formatHelp.call(help, command, help);
}

function unknownCommand(words: readonly string[], program: Command): Failure {
	const { command, path } = commandOf(words, program);
	const unknown = words[path.length] ?? "";
	const call = (word: string) => [...path, word].join(" ");
	const names = command.commands.map((one) => one.name());
	const meant = nearestName(unknown, [
		...names,
		...(path.length > 0 ? [] : topicNames),
	]);
	return new Failure("usage", `no such command: ${call(unknown)}`, {
		hint: meant
			? `the nearest is: flux-ultra help ${call(meant)}`
			: "all of them: flux-ultra --help",
	});
}
