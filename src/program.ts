import { type Command, CommanderError } from "commander";
import { authGrammar } from "./commands/auth/grammar.ts";
import { batchGrammar } from "./commands/batch/grammar.ts";
import { completionGrammar } from "./commands/completion/grammar.ts";
import { configGrammar } from "./commands/config/grammar.ts";
import { doctorGrammar } from "./commands/doctor/grammar.ts";
import { exportGrammar } from "./commands/export/grammar.ts";
import { galleryGrammar } from "./commands/gallery/grammar.ts";
import { commandFirst, commandPaths } from "./commands/grammar/command-line.ts";
import {
	addCommand,
	type CommandGrammar,
	type End,
} from "./commands/grammar/common.ts";
import { helpGrammar } from "./commands/grammar/help.ts";
import {
	refuseLostBytes,
	refuseOptionAsValue,
	refuseSecrets,
	refuseSingleDash,
	refuseTypographicDash,
} from "./commands/grammar/refuse-arguments.ts";
import { usageFailure } from "./commands/grammar/usage-failure.ts";
import { imageGrammar, shieldPrompt } from "./commands/image/grammar.ts";
import { modelsGrammar } from "./commands/models/grammar.ts";
import { resumeGrammar } from "./commands/resume/grammar.ts";
import { runsGrammar } from "./commands/runs/grammar.ts";
import { sandboxGrammar } from "./commands/sandbox/grammar.ts";
import { schemaGrammar } from "./commands/schema/grammar.ts";
import { showGrammar } from "./commands/show/grammar.ts";
import { balanceGrammar, spendGrammar } from "./commands/spend/grammar.ts";
import { verifyGrammar } from "./commands/verify/grammar.ts";
import type { Failure } from "./errors.ts";
import type { Runtime } from "./runtime.ts";

/**
 * The grammar of the command line. It loads commander and nothing else: each command's work is
 * imported when it is asked for, so that help and version stay quick.
 * @returns the exit code
 * @throws {Failure} `usage` for what is not in the grammar
 */
export async function runProgram(runtime: Runtime): Promise<number> {
	let code = 0;
	const [first, ...words] = runtime.argv;
	const line = isHelpOfAll(runtime.argv) ? ["help", "--all"] : runtime.argv;
	const end: End = (outcome) => {
		code = outcome;
	};
	const program = createProgram(runtime, end, line);
	if (first === "__complete") {
		const { complete } = await import("./commands/completion/complete.ts");
		return complete(words, program, runtime);
	}
	program.hook("preAction", () => refuseLostBytes(runtime.argv, runtime.cwd));
	const argv = commandFirst(line, program);
	try {
		refuseSecrets(argv);
		refuseSingleDash(argv, program);
		refuseOptionAsValue(argv, program);
		refuseTypographicDash(argv, program);
		await program.parseAsync(shieldPrompt(argv, program), { from: "user" });
	} catch (error) {
		if (!(error instanceof CommanderError)) throw error;
		if (error.exitCode === 0) return 0;
		const slip =
			error.code === "commander.unknownOption"
				? await unknownOption(argv, program, runtime)
				: undefined;
		throw slip ?? usageFailure(error, argv, program);
	}
	return code;
}

/** In the order of help, under its headings. */
const grammars: Readonly<Record<string, readonly CommandGrammar[]>> = {
	"Images:": [
		batchGrammar,
		resumeGrammar,
		runsGrammar,
		showGrammar,
		verifyGrammar,
		galleryGrammar,
		exportGrammar,
	],
	"Money:": [spendGrammar, balanceGrammar],
	"Set-up:": [
		modelsGrammar,
		authGrammar,
		configGrammar,
		doctorGrammar,
		sandboxGrammar,
	],
	"For shells and programs:": [completionGrammar, schemaGrammar],
};

/** These speak of all others. */
const aboutAll: readonly string[] = ["help", "schema", "__complete"];

/**
 * Every command with its options.
 * @param end takes the exit code of the one that is run
 * @param line what was typed: commands that no word of it names are left out, as to make them all takes longer than to load them
 */
export function createProgram(
	runtime: Runtime,
	end: End,
	line: readonly string[] = aboutAll,
): Command {
	const isForAll = aboutAll.some((name) => line.includes(name));
	const program = imageGrammar(runtime, end, () => allPaths(runtime));
	for (const [heading, commands] of Object.entries(grammars)) {
		program.commandsGroup(heading);
		for (const one of commands)
			if (isForAll || line.some((word) => isCallOf(one, word)))
				addCommand(program, one, runtime, end);
	}
	helpGrammar(program);
	return program;
}

function isCallOf({ call }: CommandGrammar, word: string): boolean {
	return call.split(" ", 1)[0] === word;
}

/** What a mistyped command may be meant for. */
function allPaths(runtime: Runtime): readonly string[] {
	return commandPaths(createProgram(runtime, () => {}));
}

/** `--help --all`: commander answers `--help` by itself, whatever else there is. */
function isHelpOfAll(argv: readonly string[]): boolean {
	const words = argv.map((word) => (word === "-h" ? "--help" : word));
	return words.sort().join(" ") === "--all --help";
}

/** A slip in a command's name is more than an option that the program itself does not have: `run list --limit 5`. */
async function unknownOption(
	argv: readonly string[],
	program: Command,
	runtime: Runtime,
): Promise<Failure | undefined> {
	const end = argv.findIndex((word) => word.startsWith("-"));
	const words = argv.slice(0, end);
	const [first] = words;
	const isCommand = program.commands.some((one) => one.name() === first);
	if (first === undefined || isCommand) return;
	const { slipInCommand } = await import("./commands/image/prompt-argument.ts");
	return slipInCommand(words, {
		options: argv.slice(end),
		commands: allPaths(runtime),
	});
}
