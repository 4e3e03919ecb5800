import type { Argument, Command, Option } from "commander";
import { collect } from "./common.ts";

/** A command as programs read of it: `flux-ultra schema`, the man page, completion. */
export interface CommandDescription {
	/** The words that call it, `runs list`; "" for the program itself. */
	readonly name: string;
	readonly usage: string;
	readonly description: string;
	readonly arguments: readonly ArgumentDescription[];
	readonly options: readonly OptionDescription[];
}

interface ArgumentDescription {
	readonly name: string;
	readonly required: boolean;
	readonly repeatable?: true;
	readonly choices?: readonly string[];
}

export interface OptionDescription {
	/** The short one first, where there is one. */
	readonly flags: readonly string[];
	/** Name of its value; missing where it takes none. */
	readonly value?: string;
	readonly choices?: readonly string[];
	readonly repeatable?: true;
	/** What holds without it and without a setting, where that is anything. */
	readonly default?: string;
	readonly heading: string;
	readonly description: string;
}

/** Every command that can be run, the program itself first. */
export function describeCommands(
	program: Command,
): readonly CommandDescription[] {
	return [program, ...leavesOf(program)].map(describeCommand);
}

function describeCommand(command: Command): CommandDescription {
	const help = command.createHelp();
	const name = pathOf(command).join(" ");
	return {
		name,
		usage: help.commandUsage(command),
		description: command.description(),
		arguments: command.registeredArguments.map(describeArgument),
		options: help.visibleOptions(command).map(describeOption),
	};
}

function leavesOf({ commands }: Command): readonly Command[] {
	return commands.flatMap((command) =>
		command.commands.length > 0 ? leavesOf(command) : [command],
	);
}

function pathOf(command: Command): readonly string[] {
	return command.parent ? [...pathOf(command.parent), command.name()] : [];
}

export function describeArgument(argument: Argument): ArgumentDescription {
	return {
		name: argument.name(),
		required: argument.required,
		...(argument.variadic && { repeatable: true }),
		...(argument.argChoices && { choices: argument.argChoices }),
	};
}

export function describeOption(option: Option): OptionDescription {
	const { short, long, flags, description } = option;
	const [, shown] = / [<[](.*?)(?:\.\.\.)?[>\]]$/.exec(flags) ?? [];
	// Of `<w>x<h>`.
	const value = shown?.replaceAll(/[<>]/g, "");
	const initial = /\(default: ([^);:]+)\)/.exec(description)?.[1];
	const isRepeatable = option.variadic || option.parseArg === collect;
	return {
		flags: [short, long].filter((flag) => flag !== undefined),
		...(value && { value, ...choicesIn(value) }),
		...(isRepeatable && { repeatable: true }),
		...(initial && { default: initial }),
		heading: option.helpGroupHeading?.replace(/:$/, "") ?? "Options",
		description,
	};
}

/** The words of `low|medium|high`; not of `path|url`, which are kinds of values. */
function choicesIn(value: string): { readonly choices?: readonly string[] } {
	const words = value.split("|");
	const areWords = words.every((word) => /^[a-z]+$/.test(word));
	return words.length > 1 && areWords && !words.includes("url")
		? { choices: words }
		: {};
}
