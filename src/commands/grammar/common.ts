import { type Command, Option } from "commander";

/** Takes the exit code of a command that has ended. */
export type End = (code: number) => void;

/** Options that mean the same wherever runs are; to be added last, so that help puts a command's own ones first. */
export function addCommonOptions(command: Command): Command {
	if (command.options.length > 0)
		command.optionsGroup("What is told, and where from:");
	return command
		.option("--json", "one JSON object a line on stdout")
		.option("-q, --quiet", "nothing on stderr but errors")
		.option("-v, --verbose", "each request with status and time")
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
