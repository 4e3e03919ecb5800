import type { Runtime } from "../../runtime.ts";
import { escaped, escapedJson } from "../../system/escape.ts";
import { canColor, createStyle } from "../../terminal/style.ts";
import type { SessionOptions } from "../session/session.ts";
import { type Finding, recordOf } from "./finding.ts";

/** Prints findings as they come, on stdout: a line each, with the next step below. */
export async function createPrinter(
	{ json, color }: SessionOptions,
	{ stdout, env }: Runtime,
) {
	if (json)
		return {
			finding: (finding: Finding) =>
				void stdout.write(`${escapedJson(recordOf(finding))}\n`),
			end: () => {},
		};
	const style = await createStyle(color !== false && canColor(stdout, env));
	const signs = {
		ok: style.green("✔ ok     "),
		note: style.yellow("! note   "),
		failed: style.red("✘ failed "),
		skipped: style.dim("- skipped"),
	};
	return {
		finding({ check, status, message, hint }: Finding): void {
			const next = hint
				? `${indent}→ ${indented(hint)}
`
				: "";
			stdout.write(
				`${signs[status]}  ${check.padEnd(14)}  ${escaped(message)}\n${next}`,
			);
		},
		end(findings: readonly Finding[]): void {
			const failed = findings.filter(({ status }) => status === "failed");
			stdout.write(
				failed.length === 0
					? "nothing is wrong\n"
					: `${failed.length} of ${findings.length} failed; mend ${failed[0]?.check} first\n`,
			);
		},
	};
}

const indent = " ".repeat(11);

function indented(hint: string): string {
	const lines = escaped(hint, { keepNewlines: true }).split("\n");
	return lines.map((line) => line.trim()).join(`\n${indent}  `);
}
