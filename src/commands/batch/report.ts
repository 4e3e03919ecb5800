import path from "node:path";
import { stringify } from "csv-stringify/sync";
import { Failure } from "../../errors.ts";
import type { ImageRecord } from "../../record.ts";
import {
	checkSideOutput,
	openSideOutput,
	type SideOutput,
	type SideOutputRules,
} from "../../system/side-output.ts";

/** Every row of a batch with its outcome, in a file. */
export interface Report extends Pick<SideOutput, "close" | "hasFailed"> {
	add(record: ImageRecord): void;
}

const columns = [
	"line",
	"index",
	"status",
	"file",
	"run_id",
	"cost_usd",
	"charged",
	"seed",
	"error",
	"message",
	"prompt",
	"paid_usd",
	"sha256",
] as const;

const ownStart = {
	".csv": /^line,index,status,file,run_id,/,
	".jsonl": /^\{"version":1,(?=.*"status":")(?=.*"index":)/,
} as const;

/**
 * Sees whether `--report file.csv|.jsonl` may be written.
 * @throws {Failure} `usage`, `exists`
 */
export function checkReport(
	name: string | undefined,
	rules: Omit<SideOutputRules, "kind" | "ownStart">,
): void {
	if (name === undefined) return;
	const extension = extensionOf(name);
	if (extension === undefined)
		throw new Failure("usage", `--report ${name} is neither .csv nor .jsonl`);
	checkSideOutput("--report", name, {
		...rules,
		kind: "report of a batch",
		ownStart: ownStart[extension],
	});
}

/**
 * Opens `--report`; without one nothing is written.
 * @param failed as for a side output
 * @throws {Failure} `disk`
 */
export async function openReport(
	name: string | undefined,
	cwd: string,
	failed: (failure: Failure) => void,
): Promise<Report> {
	const extension = name === undefined ? undefined : extensionOf(name);
	if (name === undefined || extension === undefined)
		return { add: () => {}, close: () => {}, hasFailed: () => false };
	const { write, ...output } = await openSideOutput(
		path.resolve(cwd, name),
		failed,
	);
	if (extension === ".csv") write(stringify([columns]));
	return {
		...output,
		add(record) {
			write(
				extension === ".csv"
					? // What a spreadsheet would take for a formula is text.
						stringify([cellsOf(record)], { escape_formulas: true })
					: `${JSON.stringify(record)}\n`,
			);
		},
	};
}

function extensionOf(name: string): keyof typeof ownStart | undefined {
	const extension = path.extname(name).toLowerCase();
	return extension === ".csv" || extension === ".jsonl" ? extension : undefined;
}

function cellsOf(record: ImageRecord): unknown[] {
	const { error, ...told } = { error: undefined, ...record };
	const values: Record<string, unknown> = {
		...told,
		error: error?.code,
		message: error?.message,
	};
	return columns.map((column) => values[column] ?? "");
}
