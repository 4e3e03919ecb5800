import { exitCodes } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import { createReporter } from "../../terminal/reporter.ts";
import type { Wire } from "../session/connect.ts";
import { type SessionOptions, wantsSandbox } from "../session/session.ts";
import { withTrace } from "../session/with-trace.ts";
import { diagnose, limitOf } from "./diagnose.ts";
import type { Finding } from "./finding.ts";
import { createPrinter } from "./print.ts";
import { openSetup } from "./setup.ts";

/** For all checks together: a service that answers at all does so in a tenth of it. */
const patienceMs = 20_000;

/**
 * Says what is wrong with the set-up and what to do. Free of charge.
 * @returns 0, or the exit code of the first check that failed
 */
export async function doctor(
	options: SessionOptions,
	runtime: Runtime,
): Promise<number> {
	const print = await createPrinter(options, runtime);
	const reporter = await createReporter(runtime, options);
	return withTrace(options, runtime, reporter, async (trace) => {
		const wire = { runtime, reporter, trace };
		const findings = await examine(options, wire, print.finding);
		print.end(findings);
		return exitCodeOf(findings);
	});
}

async function examine(
	options: SessionOptions,
	wire: Wire,
	tell: (finding: Finding) => void,
): Promise<readonly Finding[]> {
	const isSandbox = wantsSandbox(options, wire.runtime.env);
	const limit = limitOf(patienceMs);
	const setup = openSetup(options, isSandbox, wire, limit.signal);
	const findings: Finding[] = [];
	try {
		for await (const finding of diagnose(setup)) {
			tell(finding);
			findings.push(finding);
		}
		return findings;
	} finally {
		await setup.close();
		limit.end();
	}
}

function exitCodeOf(findings: readonly Finding[]): number {
	const first = findings.find(({ status }) => status === "failed");
	return first === undefined ? 0 : exitCodes[first.code ?? "internal"];
}
