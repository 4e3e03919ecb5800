import path from "node:path";
import { checkSideOutput, openSideOutput } from "../../system/side-output.ts";
import { redactText } from "../../trace/redact.ts";
import type { Session } from "../session/session.ts";
import { type Finding, recordOf } from "./finding.ts";

export type Report = Awaited<ReturnType<typeof openReport>>;

/**
 * All that was found as one JSON file, without secrets: to be sent to whoever mends flux-ultra.
 * @throws {Failure} `exists`, `disk` before anything is tried
 */
export async function openReport(
	name: string,
	{ force = false }: { readonly force?: boolean },
	{ runtime, reporter }: Pick<Session, "runtime" | "reporter">,
) {
	const { cwd, home, clock } = runtime;
	const { info, failed } = reporter;
	const ownStart = /^\{\s*"report": "flux-ultra doctor"/;
	const rules = { cwd, force, inputs: [], ownStart };
	checkSideOutput("--report", name, { ...rules, kind: "report of doctor" });
	const output = await openSideOutput(path.resolve(cwd, name), failed);
	const findings: Finding[] = [];
	let lastRun: unknown = null;
	return {
		/** @param run as it came, where the finding is about one */
		add(finding: Finding, run?: unknown): void {
			findings.push(finding);
			lastRun = run ?? lastRun;
		},
		/** @param secrets texts that are left out wherever they stand */
		close(secrets: readonly string[]): void {
			const content = {
				report: "flux-ultra doctor",
				version: 1,
				made_at: new Date(clock.now()).toISOString(),
				findings: findings.map(recordOf),
				run: lastRun,
			};
			const text = redactText(JSON.stringify(content, null, 2), secrets);
			// Names its user.
			const folder = JSON.stringify(home).slice(1, -1);
			output.write(`${text.replaceAll(folder, "~")}\n`);
			output.close();
			if (!output.hasFailed())
				info(`report in ${name}: keys and signatures of links are left out`);
		},
		hasFailed: output.hasFailed,
	};
}
