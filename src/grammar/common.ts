import { type Command, Option } from "commander";

/** Takes the exit code of a command that has ended. */
export type End = (code: number) => void;

/** Options that mean the same wherever runs are. */
export function addCommonOptions(command: Command): Command {
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

/** For options that may be given several times. */
export function collect(
	value: string,
	before: readonly string[] = [],
): string[] {
	return [...before, value];
}
