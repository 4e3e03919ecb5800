import { exitCodes, Failure } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import { wantsSandbox } from "../../settings/sandbox.ts";
import { createReporter } from "../../terminal/reporter.ts";
import { listenForInterrupt } from "../session/interrupt.ts";
import type { Session } from "../session/session.ts";
import { withTrace } from "../session/with-trace.ts";
import { diagnose } from "./diagnose.ts";
import type { Finding } from "./finding.ts";
import type { LiveOptions, Tell } from "./live.ts";
import { createPrinter } from "./print.ts";
import { openReport, type Report } from "./report.ts";
import { limitOf, openSetup } from "./setup.ts";

interface DoctorOptions extends LiveOptions {
	readonly live?: boolean;
	readonly report?: string;
}

/** For all free checks together: a service that answers at all does so in a tenth of it. */
const patienceMs = 20_000;

/**
 * Says what is wrong with the set-up and what to do. Free of charge; `live` buys an image where nothing failed.
 * @returns 0, or the exit code of the first check that failed
 * @throws {Failure} `usage`, `exists` and `disk` for the report, `over_budget` where nobody agrees to a purchase
 */
export async function doctor(
	options: DoctorOptions,
	runtime: Runtime,
): Promise<number> {
	if (options.replayKey && !options.live)
		throw new Failure("usage", "--replay-key repeats what --live buys", {
			hint: "flux-ultra doctor --live --replay-key",
		});
	const reporter = await createReporter(runtime, options);
	return withTrace(options, runtime, reporter, async (trace) => {
		const told = { runtime, reporter, trace };
		const report =
			options.report === undefined
				? undefined
				: await openReport(options.report, options, told);
		const code = await findOut(options, told, report);
		return code === 0 && report?.hasFailed() ? exitCodes.disk : code;
	});
}

type Told = Pick<Session, "runtime" | "reporter" | "trace">;

async function findOut(
	options: DoctorOptions,
	told: Told,
	report: Report | undefined,
): Promise<number> {
	const print = await createPrinter(options, told.runtime);
	const findings: Finding[] = [];
	const take: Tell = (finding, run) => {
		findings.push(finding);
		print.finding(finding);
		report?.add(finding, run);
	};
	const secrets: string[] = [];
	try {
		const stopped = await examine(options, told, secrets, take);
		if (stopped !== undefined) return stopped;
		if (options.live && exitCodeOf(findings) === 0) {
			const { buyAndObserve } = await import("./live.ts");
			const code = await buyAndObserve(options, told, take);
			if (code !== 0) return code;
		}
	} finally {
		report?.close(secrets);
	}
	print.end(findings);
	return exitCodeOf(findings);
}

/**
 * Makes the free checks.
 * @param secrets takes the key
 * @returns the exit code where the user, or the reader of stdout, did not wait for their end
 */
async function examine(
	options: DoctorOptions,
	told: Told,
	secrets: string[],
	take: Tell,
): Promise<number | undefined> {
	const { runtime } = told;
	const interrupt = listenForInterrupt(runtime, false, () => {});
	const limit = limitOf(patienceMs, interrupt.signal, runtime.clock);
	const isSandbox = wantsSandbox(options, runtime.env);
	const setup = openSetup(options, isSandbox, told, limit.signal);
	try {
		for await (const finding of diagnose(setup)) {
			if (interrupt.signal.aborted) return interrupt.code() ?? 0;
			take(finding);
		}
		return undefined;
	} finally {
		secrets.push(...setup.secrets);
		limit.end();
		interrupt.forget();
		await setup.close();
	}
}

function exitCodeOf(findings: readonly Finding[]): number {
	const first = findings.find(({ status }) => status === "failed");
	return first === undefined ? 0 : exitCodes[first.code ?? "internal"];
}
