import {
	type CommandDescription,
	describeCommands,
	type OptionDescription,
} from "./commands/grammar/describe-commands.ts";
import { examples } from "./commands/grammar/first-screen.ts";
import { outputHelp } from "./commands/grammar/output-help.ts";
import { environment } from "./environment.ts";
import { exitMeanings } from "./errors.ts";
import { readVersion } from "./package-files.ts";
import { createProgram } from "./program.ts";
import type { Runtime } from "./runtime.ts";

/**
 * The manual page (`man flux-ultra`), in the macros of man(7): what the grammar says, and nothing else. The build writes it.
 * @param date of the version, `2026-11-30`
 */
export function makeManPage(date: string): string {
	const grammar = createProgram({} as Runtime, () => {});
	const [program, ...commands] = describeCommands(grammar);
	if (program === undefined) return "";
	return [
		`.TH FLUX\\-ULTRA 1 ${date} "flux\\-ultra ${readVersion()}"`,
		".nh",
		".ad l",
		".SH NAME",
		`flux\\-ultra \\- ${roff("4-megapixel images from the command line")}`,
		".SH SYNOPSIS",
		...lines(program.usage),
		".SH DESCRIPTION",
		...filled(program.description),
		".SH OPTIONS",
		...optionsUnderHeadings(program.options),
		".SH COMMANDS",
		"Of each the options that are not among the common ones above.",
		...commands.flatMap(commandSection),
		".SH OUTPUT",
		...lines(outputHelp.replace(/^Output:\n/, "")),
		".SH EXIT STATUS",
		...Object.entries(exitMeanings).flatMap(([exit, meaning]) =>
			item(exit, meaning),
		),
		".SH ENVIRONMENT",
		...Object.entries(environment).flatMap(([name, meaning]) =>
			item(name, meaning),
		),
		".SH EXAMPLES",
		...lines(examples),
		"",
	].join("\n");
}

function commandSection(command: CommandDescription): readonly string[] {
	const own = command.options.filter(({ heading }) => heading !== common);
	return [
		`.SS ${roff(command.usage.replace("flux-ultra ", ""))}`,
		...filled(command.description),
		...own.flatMap(optionItem),
	];
}

const common = "Common options";

function optionsUnderHeadings(
	options: readonly OptionDescription[],
): readonly string[] {
	const headings = [...new Set(options.map(({ heading }) => heading))];
	return headings.flatMap((heading) => [
		`.SS ${roff(heading)}`,
		...options.filter((one) => one.heading === heading).flatMap(optionItem),
	]);
}

function optionItem(option: OptionDescription): readonly string[] {
	const { flags, value, description } = option;
	const shown = value === undefined ? "" : ` <${value}>`;
	return item(flags.join(", ") + shown, description);
}

function item(term: string, description: string): readonly string[] {
	return [".TP", `\\fB${roff(term)}\\fR`, ...filled(description)];
}

/** Whatever its length, in lines that roff fills anew; sources want at most 80 bytes. */
function filled(text: string): readonly string[] {
	return (text.match(/\S.{0,64}(?= |$)|\S+/g) ?? []).map(roff);
}

/** As they are broken here. */
function lines(text: string): readonly string[] {
	return [".nf", ...text.trimEnd().split("\n").map(roff), ".fi"];
}

/** No letter of a text is taken for a request of roff, and each hyphen can be searched for and pasted. */
function roff(text: string): string {
	return text
		.replaceAll("\\", "\\e")
		.replaceAll("-", "\\-")
		.replace(/^(?=[.'])/, "\\&");
}
