import { exitCodes } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import { counted } from "../../system/plural.ts";
import type { Reporter } from "../../terminal/reporter.ts";
import type { Trace } from "../../trace/trace.ts";

export interface TraceOptions {
	/** A file for what is said to the service and by it. */
	readonly trace?: string;
	readonly force?: boolean;
	readonly inputs?: readonly string[];
}

/**
 * Does the work of a command and writes its `--trace`, whatever happens.
 * @returns the exit code
 * @throws {Failure} `usage`, `exists` before anything is done
 */
export async function withTrace(
	{ trace: name, force = false, inputs = [] }: TraceOptions,
	{ cwd, clock }: Pick<Runtime, "cwd" | "clock">,
	{ info, failed }: Pick<Reporter, "info" | "failed">,
	work: (trace: Trace | undefined) => Promise<number>,
): Promise<number> {
	if (name === undefined) return work(undefined);
	const { openTrace } = await import("../../trace/trace.ts");
	const trace = await openTrace(name, { cwd, clock, force, inputs, failed });
	let code: number;
	try {
		code = await work(trace);
	} finally {
		trace.close();
		const sent = trace.count();
		if (!trace.hasFailed())
			info(
				sent > 0
					? `traced ${counted(sent, "request")} to ${name}: secrets are redacted, prompts are not`
					: `nothing was sent, so ${name} is not written`,
			);
	}
	return code === 0 && trace.hasFailed() ? exitCodes.disk : code;
}
