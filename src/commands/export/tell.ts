import { createHash } from "node:crypto";
import { printMm } from "../../copies/paper.ts";
import { errorInfo } from "../../record.ts";
import { escaped, escapedJson } from "../../system/escape.ts";
import { counted } from "../../system/plural.ts";
import { createExitCodeTally } from "../exit-code.ts";
import { showPath } from "../session/job-context.ts";
import type { Session } from "../session/session.ts";
import { failureOf, type Original, type Plan } from "./plan.ts";

export type Teller = ReturnType<typeof createTeller>;

/** Tells how each image ended: its copy or its record on stdout, what went wrong on stderr. */
export function createTeller(
	isJson: boolean,
	{ runtime: { stdout, cwd }, reporter }: Pick<Session, "runtime" | "reporter">,
) {
	const exits = createExitCodeTally();
	let made = 0;
	let failed = 0;
	const print = (line: string) => void stdout.write(`${line}\n`);
	return {
		saved(plan: Plan, copy: Buffer): void {
			made += 1;
			exits.add({ status: "saved" });
			const file = showPath(plan.target, cwd);
			if (isJson) print(escapedJson(savedRecord(plan, copy, file)));
			else print(stdout.isTTY ? escaped(file) : file);
		},
		skipped({ name, index }: Original): void {
			const record = { version: 1, status: "skipped", original: name, index };
			if (isJson) print(escapedJson(record));
		},
		/** Does a step for one image; what it throws is how that image ended. */
		async attempt(
			original: Original,
			step: () => Promise<void>,
		): Promise<void> {
			try {
				await step();
			} catch (thrown) {
				const failure = failureOf(original, thrown);
				const error = errorInfo(failure);
				exits.add({ status: "failed", error });
				failed += 1;
				// What an interrupt left undone has no story of its own.
				if (failure.code !== "interrupted") reporter.failed(failure);
				const { index, name } = original;
				const record = { version: 1, status: "failed", original: name, index };
				if (isJson) print(escapedJson({ ...record, error }));
			}
		},
		summary: () => `${made} of ${counted(made + failed, "image")} copied`,
		/** The exit code, which those that were skipped have no part in. */
		code: exits.code,
	};
}

/** The names of the file are those of the records of images. */
function savedRecord(
	{ name, index, facts, fit, format, target }: Plan,
	copy: Buffer,
	file: string,
) {
	const { width, height } = printMm(fit.size, fit.dpi);
	return {
		version: 1,
		status: "saved",
		original: name,
		original_sha256: facts.sha256,
		index,
		...fit.size,
		bytes: copy.length,
		sha256: createHash("sha256").update(copy).digest("hex"),
		file,
		format,
		dpi: fit.dpi,
		print_mm: [width, height],
		derived_from_content_credentials: facts.metadata.includes("c2pa"),
		path: target,
	};
}
