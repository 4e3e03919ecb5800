import { exitCodes, type Failure, toFailure } from "./errors.ts";
import { runProgram } from "./program.ts";
import type { Runtime } from "./runtime.ts";
import { createReporter } from "./terminal/reporter.ts";

/** Runs a command line to its end. Never throws: every way to end is an exit code here. */
export async function main(runtime: Runtime): Promise<number> {
	try {
		return await runProgram(runtime);
	} catch (error) {
		const failure = toFailure(error);
		await tell(failure, runtime);
		return exitCodes[failure.code];
	}
}

/** Told where nobody else could: the command ended before it had a way to speak, so its own words decide how. */
async function tell(failure: Failure, runtime: Runtime): Promise<void> {
	const options = runtime.argv.slice(0, endOfOptions(runtime.argv));
	const has = (...names: string[]) =>
		names.some((name) => options.includes(name));
	const reporter = await createReporter(runtime, {
		json: has("--json"),
		verbose: has("-v", "--verbose"),
		color: !has("--no-color"),
	});
	reporter.commandFailed(failure);
}

function endOfOptions(argv: readonly string[]): number {
	const at = argv.indexOf("--");
	return at < 0 ? argv.length : at;
}
