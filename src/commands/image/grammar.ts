import { Command } from "commander";
import { Failure } from "../../errors.ts";
import { readVersion } from "../../package-files.ts";
import type { Runtime } from "../../runtime.ts";
import { commandPaths, optionsIn } from "../grammar/command-line.ts";
import {
	addCommonOptions,
	addInputOptions,
	addOptions,
	type End,
	type OptionWords,
	runOptions,
} from "../grammar/common.ts";

/** `flux-ultra [options] [prompt]`, the program itself. */
export function imageGrammar(runtime: Runtime, end: End): Command {
	const program = new Command("flux-ultra")
		.description(
			"Make 4-megapixel images with FLUX 1.1 [pro] Ultra on Runflow ($0.06 each), or with its family: bought once, never lost.",
		)
		.argument("[prompt...]", 'one prompt in quotes; "-" or none: from stdin')
		.usage('[options] "<prompt>"\n       flux-ultra <command> …')
		.enablePositionalOptions()
		.hook("preSubcommand", refuseEarlyOptions)
		.exitOverride()
		// Whatever the terminal: the text is made when the program is built (see `makeAnswers`).
		.configureHelp({ helpWidth: 80 })
		.configureOutput({
			writeOut: (text) => runtime.stdout.write(text),
			// Usage errors are told once, in the same words as all others.
			writeErr: () => {},
		})
		.version(readVersion(), "-V, --version", "show the version")
		.helpOption("-h, --help", "show this help");
	addOptions(program, imageOptions);
	addInputOptions(program).option("--format <format>", "jpeg, png or webp");
	addCommonOptions(program)
		.addHelpText("after", help)
		.action(async (words: string[], options) => {
			const { readPromptArgument } = await import("./prompt-argument.ts");
			const given = optionsIn(runtime.argv, program).flat();
			const prompt = await readPromptArgument(words.map(unshield), {
				options: given,
				// Nothing but options stands before it.
				isMarked: runtime.argv.indexOf("--") === given.length,
				commands: [...commandPaths(program), "--version"],
				cwd: runtime.cwd,
			});
			const { makeImages } = await import("./run.ts");
			const showHelp = () => {
				// A program wants a record where a person wants to be shown how.
				if (options.json) throw new Failure("usage", "no prompt was given");
				runtime.stderr.write(`${shortHelp}\n`);
				return 2;
			};
			end(await makeImages(prompt, options, runtime, showHelp));
		});
	return program;
}

const imageOptions: readonly OptionWords[] = [
	[
		"-o, --output <path>",
		"file, folder, template such as {slug}-{seed}.jpg, or - for stdout",
	],
	["-s, --seed <n>", "same seed and prompt, same image (default: a fresh one)"],
	[
		"--from <image>",
		"prompt, seed, model and inputs of an image made before, or of its sidecar; flags override",
	],
	["--seeds <list>", "1-8 or 3,5,9: one image each"],
	["-n, --count <n>", "several images, a fresh seed each"],
	["-m, --model <id>", "model, by short name or owner/slug"],
	runOptions.parallel,
	["--timeout <time>", "how long to wait for a run: 90s, 5m (default: 5m)"],
	["--no-wait", "submit, print the run id, leave"],
	runOptions.callbackUrl,
	runOptions.listen,
	["-f, --force", "replace a file that exists, and buy its image anew"],
	["--sidecar", "write <image>.json beside the image"],
	["--preview", "show the image in the terminal"],
	runOptions.project,
	runOptions.maxCost,
	runOptions.assumePrice,
	runOptions.dryRun,
	runOptions.yes,
];

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

const shortHelp = `Say what to make:
  flux-ultra "a serene japanese garden with cherry blossoms at dawn" -o garden.jpg
Without a key, free of charge:
  flux-ultra --sandbox "a serene japanese garden" -o garden.jpg
Everything else: flux-ultra --help`;

const help = `
Examples:
  flux-ultra "a serene japanese garden at dawn" -o garden.jpg
  flux-ultra --count 4 "a red bicycle" -o bikes/          four seeds, side by side
  flux-ultra --seed 42 "a red bicycle" -o bike.jpg        the same image again
  flux-ultra --from bike.jpg --count 4 -o more/           others of the same prompt
  echo "a prompt from a script" | flux-ultra -o out.jpg   prompt on stdin
  flux-ultra "a poster" -o - | lp                         bytes on stdout
  flux-ultra --sandbox "a red bicycle"                    no key, no cost
  flux-ultra -- fox                                       a prompt of one word

Limits: --max-cost for this command; the settings max-cost and max-cost-per-day for all; FLUX_ULTRA_MAX_COST
  and FLUX_ULTRA_MAX_COST_PER_DAY are ceilings that nothing raises.
Exit codes: 0 all on disk, 1 run failed, 2 usage, 3 some missing, 4 key, 5 money,
  6 moderation, 7 network, 8 still running or unknown, 9 disk or image, 130 interrupted.
After anything but 0, what is paid is never lost: flux-ultra resume`;
