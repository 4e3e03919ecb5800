import path from "node:path";
import { stringify } from "csv-stringify/sync";
import { Failure } from "../../errors.ts";
import { type ImageRecord, withPath } from "../../record.ts";
import type { CsvStyle } from "../../rows/row.ts";
import {
	checkSideOutput,
	openSideOutput,
	type SideOutput,
	type SideOutputRules,
} from "../../system/side-output.ts";

export interface Report extends Pick<SideOutput, "close" | "hasFailed"> {
	/** @param row every key or column of its row as text */
	add(record: ImageRecord, row?: Readonly<Record<string, string>>): void;
}

export const reportColumns = [
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
	"cost_is_estimate",
] as const;

/** Of the row, what stands in a column of ours. */
const told: readonly string[] = ["prompt", "seed"];

/** How one begins that a command of ours wrote, of any version. */
const ownStart = {
	".csv": /^\ufeff?line([,;])index\1status\1file\1run_id\1/,
	".jsonl": /^\{"version":1,(?=.*"status":")(?=.*"index":)/,
} as const;

/** @param text what is in the file of this name, without a byte order mark */
export function isReport(name: string, text: string): boolean {
	const extension = extensionOf(name);
	return extension !== undefined && ownStart[extension].test(text);
}

/** What parts the cells of a report that is CSV. */
export function delimiterOf(text: string): string {
	return ownStart[".csv"].exec(text)?.[1] ?? ",";
}

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
 * @param rowColumns keys and columns of the rows, which stand behind our own: a report that can be booked has the row's numbers
 * @param failed as for a side output
 * @param style of the rows: where Excel wants semicolons and a byte order mark, a report opens as they do
 * @throws {Failure} `disk`
 */
export async function openReport(
	name: string | undefined,
	cwd: string,
	rowColumns: Iterable<string>,
	failed: (failure: Failure) => void,
	{ delimiter, hasByteOrderMark }: Partial<CsvStyle> = {},
): Promise<Report> {
	const extension = name === undefined ? undefined : extensionOf(name);
	if (name === undefined || extension === undefined)
		return { add: () => {}, close: () => {}, hasFailed: () => false };
	const { write, ...output } = await openSideOutput(
		path.resolve(cwd, name),
		failed,
		{ ownStart: ownStart[extension] },
	);
	const own = [...rowColumns].filter((column) => !told.includes(column));
	const csv = (cells: readonly unknown[], bom = false) =>
		write(
			stringify([cells], {
				// What a spreadsheet would take for a formula is text.
				escape_formulas: true,
				cast: { boolean: String },
				delimiter: delimiter === ";" ? ";" : ",",
				bom,
			}),
		);
	if (extension === ".csv")
		csv([...reportColumns, ...own.map(headOf)], hasByteOrderMark);
	return {
		...output,
		add(record, row) {
			const cells = own.map((column) => [column, row?.[column]] as const);
			if (extension === ".csv")
				csv([...cellsOf(record), ...cells.map(([, text]) => text ?? "")]);
			else {
				const beside = own.length > 0 && { row: Object.fromEntries(cells) };
				write(
					`${JSON.stringify({ ...withPath(record, { cwd }), ...beside })}\n`,
				);
			}
		},
	};
}

function extensionOf(name: string): keyof typeof ownStart | undefined {
	const extension = path.extname(name).toLowerCase();
	return extension === ".csv" || extension === ".jsonl" ? extension : undefined;
}

function headOf(column: string): string {
	return reportColumns.some((own) => own === column) ? `row_${column}` : column;
}

function cellsOf(record: ImageRecord): unknown[] {
	const { error, ...told } = { error: undefined, ...record };
	const values: Record<string, unknown> = {
		...told,
		error: error?.code,
		message: error?.message,
	};
	return reportColumns.map((column) => values[column] ?? "");
}
