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
	const program = createProgram(runtime, (outcome) => {
		code = outcome;
	});
	const [first, ...words] = runtime.argv;
	if (first === "__complete") {
		const { complete } = await import("./commands/completion/complete.ts");
		return complete(words, program, runtime);
	}
	program.hook("preAction", () => refuseLostBytes(runtime.argv, runtime.cwd));
	const argv = isHelpOfAll(runtime.argv)
		? ["help", "--all"]
		: commandFirst(runtime.argv, program);
	try {
		refuseSecrets(argv);
		refuseSingleDash(argv, program);
		refuseTypographicDash(argv, program);
		await program.parseAsync(shieldPrompt(argv, program), { from: "user" });
	} catch (error) {
		if (!(error instanceof CommanderError)) throw error;
		if (error.exitCode === 0) return 0;
		const slip =
			error.code === "commander.unknownOption"
				? await unknownOption(program, argv)
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

/** Every command with its options. @param end takes the exit code of the one that is run */
export function createProgram(runtime: Runtime, end: End): Command {
	const program = imageGrammar(runtime, end);
	for (const [heading, commands] of Object.entries(grammars)) {
		program.commandsGroup(heading);
		for (const one of commands) addCommand(program, one, runtime, end);
	}
	helpGrammar(program);
	return program;
}

/** `--help --all`: commander answers `--help` by itself, whatever else there is. */
function isHelpOfAll(argv: readonly string[]): boolean {
	const words = argv.map((word) => (word === "-h" ? "--help" : word));
	return words.sort().join(" ") === "--all --help";
}

/** A slip in a command's name is more than an option that the program itself does not have: `run list --limit 5`. */
async function unknownOption(
	program: Command,
	argv: readonly string[],
): Promise<Failure | undefined> {
	const end = argv.findIndex((word) => word.startsWith("-"));
	const words = argv.slice(0, end);
	const [first] = words;
	const isCommand = program.commands.some((one) => one.name() === first);
	if (first === undefined || isCommand) return;
	const { slipInCommand } = await import("./commands/image/prompt-argument.ts");
	return slipInCommand(words, {
		options: argv.slice(end),
		commands: commandPaths(program),
	});
}
