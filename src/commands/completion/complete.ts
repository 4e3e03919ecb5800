import type { Command } from "commander";
import type { Runtime } from "../../runtime.ts";
import { escaped } from "../../system/escape.ts";
import {
	commandFirst,
	commandOf,
	optionBefore,
	optionsIn,
} from "../grammar/command-line.ts";
import {
	describeArgument,
	describeOption,
	type OptionDescription,
} from "../grammar/describe-commands.ts";
import { helpTopics } from "../grammar/help.ts";
import { type Candidate, files, valuesNamed } from "./values.ts";

/**
 * `flux-ultra __complete`, asked by the scripts of `completion`: prints what the last word may become, a line each, with what it is
 * behind a tab. Nothing is sent, nothing is written.
 * @param words of the line up to the cursor, without the program's name; the last one is "" after a blank
 */
export async function complete(
	words: readonly string[],
	program: Command,
	runtime: Runtime,
): Promise<number> {
	const last = words.at(-1) ?? "";
	// What PowerShell passes in the place of nothing.
	const typed = last === '""' ? "" : last;
	const before = commandFirst(words.slice(0, -1), program);
	const lines = (await candidates(typed, before, program, runtime))
		.filter(({ value }) => value === files.value || value.startsWith(typed))
		.map(({ value, about }) => (about ? `${value}\t${escaped(about)}` : value));
	runtime.stdout.write(lines.map((line) => `${line}\n`).join(""));
	return 0;
}

async function candidates(
	typed: string,
	before: readonly string[],
	program: Command,
	runtime: Runtime,
): Promise<readonly Candidate[]> {
	const { command, path } = commandOf(before, program);
	const rest = before.slice(path.length);
	const place = { typed, runtime, line: before };
	if (path[0] === "help") return helpCandidates(rest, program);
	const isMarked = rest.includes("--");
	const option = optionBefore(rest.at(-1) ?? "", command);
	if (option && !isMarked) return valuesNamed(describeOption(option), place);
	const [, flag, prefix] = /^((--[^=]+)=)/.exec(typed) ?? [];
	if (flag && prefix && !isMarked) {
		const named = optionBefore(prefix, command);
		const inner = { ...place, typed: typed.slice(flag.length) };
		const values = named && (await valuesNamed(describeOption(named), inner));
		return (values ?? []).map((one) =>
			one === files ? one : { ...one, value: flag + one.value },
		);
	}
	if (typed.startsWith("-") && !isMarked) return flagsOf(command, rest);
	const taken = rest.length - optionsIn(rest, command).flat().length;
	if (command.commands.length > 0) return taken > 0 ? [] : namesOf(command);
	const argument =
		command.registeredArguments[taken] ??
		command.registeredArguments.findLast(({ variadic }) => variadic);
	if (argument === undefined) return [];
	const { name, choices } = describeArgument(argument);
	return valuesNamed({ value: name, ...(choices && { choices }) }, place);
}

function flagsOf(
	command: Command,
	rest: readonly string[],
): readonly Candidate[] {
	const isFree = ({ flags, repeatable }: OptionDescription) =>
		repeatable || !flags.some((flag) => rest.includes(flag));
	return command
		.createHelp()
		.visibleOptions(command)
		.map(describeOption)
		.filter(isFree)
		.map(({ flags, description }) => ({
			value: flags.at(-1) ?? "",
			about: description,
		}));
}

function namesOf(command: Command): readonly Candidate[] {
	return command.commands.map((one) => ({
		value: one.name(),
		about: one.description(),
	}));
}

function helpCandidates(
	words: readonly string[],
	program: Command,
): readonly Candidate[] {
	const { command, path } = commandOf(words, program);
	if (path.length < words.length) return [];
	const topics = words.length > 0 ? [] : helpTopics;
	return [...namesOf(command), ...topics.map((value) => ({ value }))];
}
