import { Command } from "commander";
import { Failure } from "../../errors.ts";
import { readVersion } from "../../package-files.ts";
import type { Runtime } from "../../runtime.ts";
import { expandHomes, optionsIn } from "../grammar/command-line.ts";
import {
	addCommonOptions,
	addOptions,
	type End,
	inputOptions,
	inputsHeading,
	moneyOptions,
	type OptionGroups,
	runOptions,
} from "../grammar/common.ts";
import { shortHelp } from "../grammar/first-screen.ts";
import { formatHelp } from "../grammar/help.ts";

/** @param allPaths every command by the words that call it */
export function imageGrammar(
	runtime: Runtime,
	end: End,
	allPaths: () => readonly string[],
): Command {
	const program = new Command("flux-ultra")
		.description(
			"Make 4-megapixel images with FLUX 1.1 [pro] Ultra on Runflow ($0.06 each), or with its family: bought once, never lost.",
		)
		.argument("[prompt...]", 'one prompt in quotes; "-" or none: from stdin')
		.usage('[options] "<prompt>"\n       flux-ultra <command> …')
		.enablePositionalOptions()
		.hook("preSubcommand", refuseEarlyOptions)
		.hook("preAction", (_program, command) => expandHomes(command, runtime))
		.exitOverride()
		// Ours are in `usageFailure`.
		.showSuggestionAfterError(false)
		// Whatever the terminal: the text is made when the program is built (see `makeAnswers`).
		.configureHelp({ helpWidth: 80, formatHelp })
		.configureOutput({
			writeOut: (text) => runtime.stdout.write(text),
			// Usage errors are told once, in the same words as all others.
			writeErr: () => {},
		});
	addOptions(program, imageOptions);
	addCommonOptions(program)
		.version(readVersion(), "-V, --version", "show the version")
		.action(async (words: string[], options) => {
			const { readPromptArgument } = await import("./prompt-argument.ts");
			const given = optionsIn(runtime.argv, program).flat();
			const prompt = await readPromptArgument(words.map(unshield), {
				options: given,
				// Nothing but options stands before it.
				isMarked: runtime.argv.indexOf("--") === given.length,
				// For a line that is refused.
				get commands() {
					return [...allPaths(), "--version"];
				},
				cwd: runtime.cwd,
			});
			const { makeImages } = await import("./run.ts");
			const showHelp = () => {
				// A program wants a record where a person wants to be shown how.
				if (options.json) throw new Failure("usage", "no prompt was given");
				runtime.stderr.write(shortHelp);
				return 2;
			};
			end(await makeImages(prompt, options, runtime, showHelp));
		});
	return program;
}

const imageOptions: OptionGroups = {
	"What to make:": [
		[
			"-s, --seed <n>",
			"same seed and prompt, same image (default: a fresh one)",
		],
		["-n, --count <n>", "several images, a fresh seed each"],
		["--seeds <list>", "1-8 or 3,5,9: one image each"],
		runOptions.each,
		runOptions.sample,
		[
			"--from <image>",
			"prompt, seed, model and inputs of an image made before, or of its sidecar; flags override",
		],
		["-m, --model <id>", "model, by short name or owner/slug"],
	],
	"Files:": [
		[
			"-o, --output <path>",
			"file, folder, template such as {slug}-{seed}.jpg, or - for stdout",
		],
		["-f, --force", "replace a file that exists, and buy its image anew"],
		["--sidecar", "write <image>.json beside the image"],
		runOptions.thumbnail,
		["--preview", "show the image in the terminal"],
	],
	"Money:": moneyOptions,
	"Runs:": [
		runOptions.parallel,
		["--timeout <time>", "how long to wait for a run: 90s, 5m (default: 5m)"],
		["--no-wait", "submit, print the run id, leave"],
		runOptions.callbackUrl,
		runOptions.listen,
	],
	[inputsHeading]: [
		...inputOptions,
		["--format <jpeg|png|webp>", "of the image"],
	],
};

/** What stands before a command would be the image's and be passed over: `--sandbox resume` must not turn to the service. */
function refuseEarlyOptions(program: Command, command: Command): void {
	const early = program.options.find(
		(option) => program.getOptionValueSource(option.attributeName()) === "cli",
	);
	if (early === undefined) return;
	const name = command.name();
	throw new Failure(
		"usage",
		`${early.long} stands before the command ${name}, and would not reach it`,
		{ hint: `options come behind: flux-ultra ${name} … ${early.long}` },
	);
}

/** No argument can hold a NUL, so this marks a prompt that commander would take for a command's name. */
const shield = "\0";

/** What follows `--` is a prompt, also where it is a command's name. */
export function shieldPrompt(
	argv: readonly string[],
	program: Command,
): string[] {
	const at = argv.indexOf("--");
	const prompt = argv[at + 1];
	const isName = program.commands.some((command) => command.name() === prompt);
	if (at < 0 || prompt === undefined || !isName) return [...argv];
	return argv.with(at + 1, shield + prompt);
}

function unshield(word: string): string {
	return word.startsWith(shield) ? word.slice(1) : word;
}
