import { type Command, Option } from "commander";
import type { Runtime } from "../../runtime.ts";

/** Takes the exit code of a command that has ended. */
export type End = (code: number) => void;

/** Adds a command, with its verbs and options, to the program. */
export type Grammar = (program: Command, runtime: Runtime, end: End) => void;

/** An option as help shows it. */
export type OptionWords = readonly [flags: string, description: string];

/** Options of runs that more than one command has; each command says where they stand in its help. */
export const runOptions = {
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

export function addOptions(
	command: Command,
	options: readonly OptionWords[],
): void {
	for (const [flags, description] of options)
		command.option(flags, description);
}

/** Options that mean the same wherever runs are; to be added last, so that help puts a command's own ones first. */
export function addCommonOptions(command: Command): Command {
	if (command.options.length > 0)
		command.optionsGroup("What is told, and where from:");
	return command
		.option("--json", "one JSON object a line on stdout")
		.option("-q, --quiet", "nothing on stderr but errors")
		.option("-v, --verbose", "each request with status and time")
		.option(...runOptions.trace)
		.option(
			"--sandbox",
			"against the built-in sandbox: no key, no cost, a test picture",
		)
		.addOption(new Option("--no-color", "no colour"));
}

/** Inputs of models by their usual names, wherever images are bought. */
export function addInputOptions(command: Command): Command {
	return command
		.optionsGroup("Inputs of the model, where it has them:")
		.option(
			"-i, --image <path|url>",
			"start from an image: a file, - for stdin, or an address; Ultra Edit unless -m says otherwise (repeatable)",
			collect,
		)
		.option("--mask <path|url>", "where the image may change")
		.option("--size <w>x<h>", "size in pixels, or by the model's name for it")
		.option("--width <px>", "one side of it")
		.option("--height <px>", "the other side")
		.option("--negative <text>", "what the image must not show")
		.option("--steps <n>", "steps of the model")
		.option("--guidance <n>", "how closely the prompt is followed")
		.option("--quality <word>", "low, medium, high")
		.option(
			"--param <key=value>",
			"any other input of the model (repeatable)",
			collect,
		);
}

/** For options that may be given several times. */
export function collect(
	value: string,
	before: readonly string[] = [],
): string[] {
	return [...before, value];
}
