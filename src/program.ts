import { type Command, CommanderError } from "commander";
import { Failure } from "./errors.ts";
import { authGrammar } from "./grammar/auth.ts";
import { batchGrammar } from "./grammar/batch.ts";
import { configGrammar } from "./grammar/config.ts";
import { imageGrammar, shieldPrompt } from "./grammar/image.ts";
import { modelsGrammar } from "./grammar/models.ts";
import { moneyGrammar } from "./grammar/money.ts";
import { resumeGrammar, runsGrammar } from "./grammar/runs.ts";
import { sandboxGrammar } from "./grammar/sandbox.ts";
import type { Runtime } from "./runtime.ts";

/**
 * The grammar of the command line. It loads commander and nothing else: each command's work is
 * imported when it is asked for, so that help and version stay quick.
 * @returns the exit code
 * @throws {Failure} `usage` for what is not in the grammar
 */
export async function runProgram(runtime: Runtime): Promise<number> {
	let code = 0;
	const end = (outcome: number) => {
		code = outcome;
	};
	const program = imageGrammar(runtime, end);
	program.addCommand(resumeGrammar(program, runtime, end));
	batchGrammar(program, runtime, end);
	runsGrammar(program, runtime, end);
	moneyGrammar(program, runtime, end);
	modelsGrammar(program, runtime, end);
	authGrammar(program, runtime, end);
	configGrammar(program, runtime, end);
	sandboxGrammar(program, runtime, end);
	try {
		await program.parseAsync(shieldPrompt(runtime.argv, program), {
			from: "user",
		});
	} catch (error) {
		if (!(error instanceof CommanderError)) throw error;
		if (error.exitCode === 0) return 0;
		throw usageFailure(error, runtime.argv, program);
	}
	return code;
}

function usageFailure(
	error: CommanderError,
	argv: readonly string[],
	program: Command,
): Failure {
	if (error.code === "commander.help") return missingVerb(argv, program);
	const [message = "", suggestion] = error.message
		.replace(/^error: /, "")
		.split("\n");
	const help = ["flux-ultra", ...commandPath(argv, program), "--help"];
	const hint = suggestion?.replace(/^\(|\)$/g, "") ?? `see ${help.join(" ")}`;
	return new Failure("usage", message, { hint });
}

/** The command that a line means, as far as it names one: nothing can stand before the noun. */
function commandPath(argv: readonly string[], program: Command): string[] {
	const [first, ...rest] = argv;
	const command = program.commands.find((one) => one.name() === first);
	return command ? [command.name(), ...commandPath(rest, command)] : [];
}

/** `flux-ultra runs` and no more. Nothing can stand before the noun. */
function missingVerb(argv: readonly string[], program: Command): Failure {
	const [noun] = argv;
	const command = program.commands.find((one) => one.name() === noun);
	if (command === undefined)
		return new Failure("usage", `no such command: ${argv.join(" ")}`, {
			hint: "all of them: flux-ultra --help",
		});
	const verbs = command.commands.map((verb) => verb.name());
	return new Failure("usage", `${noun} is half a command`, {
		hint: `say which: flux-ultra ${noun} ${verbs.join("|")}`,
	});
}
