import { exitCodes, Failure } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import { createReporter } from "../../terminal/reporter.ts";
import type { Wire } from "../session/connect.ts";
import { wantsSandbox } from "../session/session.ts";
import { withTrace } from "../session/with-trace.ts";
import { diagnose, limitOf } from "./diagnose.ts";
import type { Finding } from "./finding.ts";
import type { LiveOptions } from "./live.ts";
import { createPrinter } from "./print.ts";
import { openSetup } from "./setup.ts";

interface DoctorOptions extends LiveOptions {
	/** Buy an image, and tell what only a purchase can say. */
	readonly live?: boolean;
}

/** For all free checks together: a service that answers at all does so in a tenth of it. */
const patienceMs = 20_000;

/**
 * Says what is wrong with the set-up and what to do. Free of charge; `live` buys an image where nothing failed.
 * @returns 0, or the exit code of the first check that failed
 * @throws {Failure} `usage`, `over_budget` where nobody agrees to a purchase
 */
export async function doctor(
	options: DoctorOptions,
	runtime: Runtime,
): Promise<number> {
	if (options.replayKey && !options.live)
		throw new Failure("usage", "--replay-key repeats what --live buys", {
			hint: "flux-ultra doctor --live --replay-key",
		});
	const print = await createPrinter(options, runtime);
	const findings: Finding[] = [];
	const take = (finding: Finding) => {
		findings.push(finding);
		print.finding(finding);
	};
	const reporter = await createReporter(runtime, options);
	return withTrace(options, runtime, reporter, async (trace) => {
		const told = { runtime, reporter, trace };
		await examine(options, told, take);
		let code = 0;
		if (options.live && exitCodeOf(findings) === 0) {
			const { buyAndObserve } = await import("./live.ts");
			code = await buyAndObserve(options, told, take);
		}
		print.end(findings);
		return code || exitCodeOf(findings);
	});
}

async function examine(
	options: DoctorOptions,
	wire: Wire,
	take: (finding: Finding) => void,
): Promise<void> {
	const isSandbox = wantsSandbox(options, wire.runtime.env);
	const limit = limitOf(patienceMs);
	const setup = openSetup(options, isSandbox, wire, limit.signal);
	try {
		for await (const finding of diagnose(setup)) take(finding);
	} finally {
		await setup.close();
		limit.end();
	}
}

function exitCodeOf(findings: readonly Finding[]): number {
	const first = findings.find(({ status }) => status === "failed");
	return first === undefined ? 0 : exitCodes[first.code ?? "internal"];
}
