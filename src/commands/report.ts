import fs from "node:fs/promises";
import path from "node:path";
import { stringify } from "csv-stringify/sync";
import { Failure } from "../errors.ts";
import { diskFailure } from "../jobs/download.ts";
import type { ImageRecord } from "../record.ts";

/** Every row of a batch with its outcome, in a file. */
export interface Report {
	add(record: ImageRecord): Promise<void>;
	close(): Promise<void>;
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
] as const;

/**
 * Opens `--report file.csv|.jsonl`; without one nothing is written. An older report is replaced.
 * @throws {Failure} `usage` for another extension, `disk`
 */
export async function openReport(
	name: string | undefined,
	cwd: string,
): Promise<Report> {
	if (name === undefined) return { add: async () => {}, close: async () => {} };
	const extension = path.extname(name).toLowerCase();
	if (extension !== ".csv" && extension !== ".jsonl")
		throw new Failure("usage", `--report ${name} is neither .csv nor .jsonl`);
	const file = path.resolve(cwd, name);
	const onDisk = <T>(action: Promise<T>) =>
		action.catch((error) => {
			throw diskFailure(file, error);
		});
	const handle = await onDisk(fs.open(file, "w"));
	if (extension === ".csv")
		await onDisk(handle.appendFile(stringify([columns])));
	return {
		async add(record) {
			const line =
				extension === ".csv"
					? stringify([cellsOf(record)])
					: `${JSON.stringify(record)}\n`;
			await onDisk(handle.appendFile(line));
		},
		close: () => handle.close(),
	};
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
