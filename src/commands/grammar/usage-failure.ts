import type { Command, CommanderError } from "commander";
import { Failure } from "../../errors.ts";
import { mistypedName, nearestName } from "../../system/nearest-name.ts";
import { commandOf } from "./command-line.ts";

/** What commander has against a line, in our words. It never shows a value that an option was given. */
export function usageFailure(
	error: CommanderError,
	argv: readonly string[],
	program: Command,
): Failure {
	const { command, path } = commandOf(argv, program);
	const call = ["flux-ultra", ...path].join(" ");
	const message = error.message.replace(/^error: /, "").split("\n")[0] ?? "";
	const named = /'([^']*)'/.exec(message)?.[1] ?? "";
	const remedy =
		call === "flux-ultra batch" && error.code === "commander.missingArgument"
			? `name a file of rows, or a dash for stdin: ${call} prompts.txt${argv.includes("--sandbox") ? " --sandbox" : ""} --dry-run`
			: (remedies[`${call} ${error.code}`] ?? `see ${call} --help`);
	switch (error.code) {
		case "commander.help":
			return missingVerb(command, call);
		case "commander.unknownOption": {
			const flag = named.replace(/=.*/s, "");
			return new Failure("usage", `unknown option '${flag}'`, {
				hint: optionMeant(flag, command) ?? remedy,
			});
		}
		case "commander.unknownCommand": {
			const verbs = command.commands.map((verb) => verb.name());
			const meant = nearestName(named, verbs);
			// What stands behind `auth` may be a key.
			const shown =
				command.name() === "auth" ? "unknown command behind auth" : message;
			return new Failure("usage", shown, {
				hint: meant ? `the command: ${call} ${meant}` : remedy,
			});
		}
		default:
			return new Failure("usage", message, { hint: remedy });
	}
}

const remedies: Readonly<Record<string, string>> = {
	"flux-ultra config commander.unknownCommand":
		"to keep a value: flux-ultra config set <setting> <value>",
	"flux-ultra runs commander.unknownCommand":
		"of one run: flux-ultra runs show <run>",
	"flux-ultra batch commander.excessArguments":
		'one file of rows; prompts are made of its columns by --prompt "a photo of {name}"',
	"flux-ultra gallery commander.excessArguments":
		"one folder at a time, with all folders in it: flux-ultra gallery <folder>",
	"flux-ultra show commander.excessArguments":
		"one image at a time; a folder of them: flux-ultra gallery <folder>",
	"flux-ultra auth login commander.excessArguments":
		"the key is no argument, as those are public: it is asked for, or read from stdin",
};

function optionMeant(flag: string, command: Command): string | undefined {
	if (/^--(ar|aspect|aspect-?ratio)$/.test(flag))
		return "the format of Ultra is fixed, at about 4 megapixels; models that take --size: flux-ultra models";
	if (!flag.startsWith("--")) return undefined;
	const own = [command, ...command.commands.filter(isDefault)].flatMap(
		({ options }) => options.flatMap(({ long }) => long?.slice(2) ?? []),
	);
	const negated = own.flatMap((name) => /^no-(.*)/.exec(name)?.[1] ?? []);
	const isImage = command.parent === null;
	const names = [...own, ...negated, "help", ...(isImage ? ["prompt"] : [])];
	const typed = flag.slice(2);
	const meant = nearestName(typed, names) ?? mistypedName(typed, names);
	if (meant === undefined || own.includes(meant) || meant === "help")
		return meant && `the nearest option is --${meant}`;
	return meant === "prompt"
		? "the prompt is the argument itself, in quotes"
		: `it is so by default; the option is --no-${meant}`;

	function isDefault(verb: Command): boolean {
		// `models --refresh` is `models list --refresh`, and no other noun lists by itself.
		return command.name() === "models" && verb.name() === "list";
	}
}

function missingVerb(command: Command, call: string): Failure {
	const verbs = command.commands.map((verb) => verb.name());
	return new Failure("usage", `${command.name()} is half a command`, {
		hint: `say which: ${call} ${verbs.join("|")}`,
	});
}
