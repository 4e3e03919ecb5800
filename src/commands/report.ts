import fs from "node:fs/promises";
import path from "node:path";
import { stringify } from "csv-stringify/sync";
import { Failure } from "../errors.ts";
import { diskFailure } from "../jobs/disk-failure.ts";
import { makeFolder } from "../jobs/folder.ts";
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

/** @throws {Failure} `usage` for an extension that is neither .csv nor .jsonl */
export function checkReportName(name: string | undefined): void {
	if (name === undefined || [".csv", ".jsonl"].includes(extensionOf(name)))
		return;
	throw new Failure("usage", `--report ${name} is neither .csv nor .jsonl`);
}

/**
 * Opens `--report file.csv|.jsonl`; without one nothing is written. An older report is replaced.
 * @throws {Failure} `disk`
 */
export async function openReport(
	name: string | undefined,
	cwd: string,
): Promise<Report> {
	if (name === undefined) return { add: async () => {}, close: async () => {} };
	const extension = extensionOf(name);
	const file = path.resolve(cwd, name);
	const onDisk = <T>(action: Promise<T>) =>
		action.catch((error) => {
			throw diskFailure(file, error);
		});
	await makeFolder(path.dirname(file));
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

function extensionOf(name: string): string {
	return path.extname(name).toLowerCase();
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
