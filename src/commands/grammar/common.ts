import { type Command, Option } from "commander";
import type { Runtime } from "../../runtime.ts";

export type End = (code: number) => void;

export interface CommandGrammar {
	/** Its name and its arguments, as commander reads them: `show <run>`. */
	readonly call: string;
	readonly description: string;
	/** Its own, under headings where they are many. */
	readonly options?: readonly OptionWords[] | OptionGroups;
	/** Takes its arguments, its options, the runtime, and the command itself; imports the work. Gives the exit code. */
	readonly run?: (...given: ActionArguments) => Promise<number>;
	readonly verbs?: readonly CommandGrammar[];
	readonly choices?: readonly string[];
	/** It and its verbs have no use for the common options. */
	readonly isLocal?: boolean | undefined;
	/** What the noun means without a verb. */
	readonly isDefault?: boolean;
}

type ActionArguments = Parameters<Parameters<Command["action"]>[0]>;

/** An option as help shows it; of a value `<jpeg|png>` these are the choices. */
export type OptionWords = readonly [
	flags: string,
	description: string,
	parser?: typeof collect,
];

/** Options of runs that more than one command has; each command says where they stand in its help. */
export const runOptions = {
	each: [
		"--each",
		"{red|blue} and {file:list.txt} in a prompt: one image a combination",
	],
	sample: ["--sample <n>", "with --each: draw this many of the combinations"],
	parallel: [
		"-p, --parallel <n>",
		"at most this many runs at once (default: 4)",
	],
	timeout: ["--timeout <time>", "how long to wait for a run (default: 5m)"],
	callbackUrl: ["--callback-url <url>", "have the service call back too"],
	listen: [
		"--listen <[host:]port>",
		"be called back here, in place of asking again and again",
	],
	maxCost: [
		"--max-cost <usd>",
		"spend at most this: what would cost more is refused before it is sent",
	],
	assumePrice: [
		"--assume-price <usd>",
		"what to reckon an image with where its price is not known",
	],
	thumbnail: [
		"--thumbnail",
		"write a JPEG of at most 1,024 pixels beside the image",
	],
	project: ["--project <name>", "name that the spending is booked under"],
	dryRun: [
		"--dry-run",
		"list the images on stdout: index, seed, price, file, prompt; send nothing",
	],
	trace: [
		"--trace <file.har>",
		"requests and answers as HAR, secrets redacted",
	],
	yes: ["-y, --yes", "no question before spending"],
} as const satisfies Readonly<Record<string, OptionWords>>;

/** Of whatever buys. */
export const moneyOptions: readonly OptionWords[] = [
	...[runOptions.maxCost, runOptions.assumePrice, runOptions.dryRun],
	...[runOptions.yes, runOptions.project],
];

export type OptionGroups = Readonly<Record<string, readonly OptionWords[]>>;

export function addCommand(
	parent: Command,
	grammar: CommandGrammar,
	runtime: Runtime,
	end: End,
): void {
	const { call, description, options = [], verbs = [], run } = grammar;
	const { isLocal, isDefault = false, choices } = grammar;
	const command = parent
		.command(call, { isDefault })
		.description(description)
		// `models ultra` is answered with the command that was meant.
		.allowExcessArguments(isDefault);
	addOptions(command, options);
	if (choices) command.registeredArguments[0]?.choices(choices);
	for (const verb of verbs)
		addCommand(command, { isLocal, ...verb }, runtime, end);
	if (run === undefined) return;
	if (!isLocal) addCommonOptions(command);
	command.action(async (...given) =>
		end(await run(...given.slice(0, -1), runtime, command)),
	);
}

export function addOptions(
	command: Command,
	options: readonly OptionWords[] | OptionGroups,
): void {
	const groups = Array.isArray(options) ? { "Options:": options } : options;
	for (const [heading, options] of Object.entries(groups)) {
		command.optionsGroup(heading);
		for (const [flags, description, parser] of options) {
			const option = new Option(flags, description);
			command.addOption(parser ? option.argParser(parser) : option);
		}
	}
}

/** Options that mean the same wherever runs are; to be added last, so that help puts a command's own ones first. */
export function addCommonOptions(command: Command): Command {
	return command
		.optionsGroup("Common options:")
		.option("--json", "one JSON object a line on stdout")
		.option("-q, --quiet", "nothing on stderr but errors")
		.option("-v, --verbose", "each request with status and time")
		.option(...runOptions.trace)
		.option(
			"--sandbox",
			"against the built-in sandbox: no key, no cost, a test picture",
		)
		.addOption(new Option("--no-color", "no colour"))
		.helpOption("-h, --help", "show this help");
}

/** Inputs of models by their usual names, wherever images are bought. */
export const inputOptions = [
	[
		"-i, --image <path|url>",
		"start from an image: a file, - for stdin, or an address; Ultra Edit unless -m says otherwise (repeatable)",
		collect,
	],
	["--mask <path|url>", "where the image may change"],
	["--size <w>x<h>", "size in pixels, or by the model's name for it"],
	["--width <px>", "one side of it"],
	["--height <px>", "the other side"],
	["--negative <text>", "what the image must not show"],
	["--steps <n>", "steps of the model"],
	["--guidance <n>", "how closely the prompt is followed"],
	["--quality <low|medium|high>", "how much work the model puts into it"],
	["--param <key=value>", "any other input of the model (repeatable)", collect],
] as const satisfies readonly OptionWords[];

export const inputsHeading = "Inputs of the model, where it has them:";

export function collect(
	value: string,
	before: readonly string[] = [],
): string[] {
	return [...before, value];
}
