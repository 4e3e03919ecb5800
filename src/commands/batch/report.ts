import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { stringify } from "csv-stringify/sync";
import { Failure, systemCode } from "../../errors.ts";
import type { ImageRecord } from "../../record.ts";
import { diskFailure } from "../../system/disk-failure.ts";
import { makeFolder } from "../../system/folder.ts";

/**
 * Every row of a batch with its outcome, in a file. Written beside its name and renamed at the end; without waiting,
 * so that it is whole where a second interrupt ends the process at once.
 */
export interface Report {
	/** @throws {Failure} `disk` */
	add(record: ImageRecord): void;
	/** Gives the file its name, once. @throws {Failure} `disk` */
	close(): void;
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
] as const;

/** How a report of ours begins, of any version: that one may be replaced. */
const ownStart = {
	".csv": /^line,index,status,file,run_id,/,
	".jsonl": /^\{"version":1,(?=.*"status":")(?=.*"index":)/,
} as const;

interface ReportOptions {
	readonly cwd: string;
	/** Replaces whatever file has the name. */
	readonly force: boolean;
	/** Absolute paths of files that the batch reads. */
	readonly inputs: readonly string[];
}

/**
 * Sees whether `--report file.csv|.jsonl` may be written: never over a file that is read, over nobody else's file.
 * @throws {Failure} `usage`, `exists`
 */
export function checkReport(
	name: string | undefined,
	{ cwd, force, inputs }: ReportOptions,
): void {
	if (name === undefined) return;
	const extension = extensionOf(name);
	if (extension === undefined)
		throw new Failure("usage", `--report ${name} is neither .csv nor .jsonl`);
	const file = path.resolve(cwd, name);
	const stat = fs.statSync(file, { throwIfNoEntry: false });
	if (stat === undefined) return;
	for (const input of inputs) {
		const other = fs.statSync(input, { throwIfNoEntry: false });
		if (other?.dev === stat.dev && other.ino === stat.ino)
			throw new Failure(
				"usage",
				`--report ${name} is the file that the rows are read from`,
				{ hint: "name another file for the report" },
			);
	}
	if (force && stat.isFile()) return;
	// An empty one holds nothing; a killed command may have left it.
	const isOurs = () =>
		stat.size === 0 || ownStart[extension].test(startOf(file));
	if (stat.isFile() && isOurs()) return;
	throw new Failure("exists", `${name} exists and is no report of a batch`, {
		hint: "replace it with --force, or name another file for the report",
	});
}

/**
 * Opens `--report`; without one nothing is written.
 * @throws {Failure} `disk`
 */
export async function openReport(
	name: string | undefined,
	cwd: string,
): Promise<Report> {
	const extension = name === undefined ? undefined : extensionOf(name);
	if (name === undefined || extension === undefined)
		return { add: () => {}, close: () => {} };
	const file = path.resolve(cwd, name);
	const folder = path.dirname(file);
	await makeFolder(folder);
	const draft = path.join(
		folder,
		`.${path.basename(file)}.${randomBytes(6).toString("hex")}.part`,
	);
	const isNew = !fs.existsSync(file);
	const handle = onDisk(draft, () => fs.openSync(draft, "wx"));
	const write = (text: string) =>
		onDisk(draft, () => fs.writeFileSync(handle, text));
	let isOpen = true;
	if (extension === ".csv") write(stringify([columns]));
	return {
		add(record) {
			write(
				extension === ".csv"
					? // What a spreadsheet would take for a formula is text.
						stringify([cellsOf(record)], { escape_formulas: true })
					: `${JSON.stringify(record)}\n`,
			);
		},
		close() {
			if (!isOpen) return;
			isOpen = false;
			onDisk(draft, () => {
				fs.fsyncSync(handle);
				fs.closeSync(handle);
				publish(draft, file, isNew);
			});
		},
	};
}

/** A name that was free is taken by a link, which replaces nothing that appeared meanwhile. */
function publish(draft: string, file: string, isNew: boolean): void {
	if (isNew) {
		try {
			fs.linkSync(draft, file);
			fs.unlinkSync(draft);
			return;
		} catch (error) {
			failIfTaken(error, draft, file);
			// No hard links here (FAT, some network file systems): an empty file takes the name.
			reserve(draft, file);
		}
	}
	fs.renameSync(draft, file);
}

function reserve(draft: string, file: string): void {
	try {
		fs.closeSync(fs.openSync(file, "wx"));
	} catch (error) {
		failIfTaken(error, draft, file);
		throw error;
	}
}

function failIfTaken(error: unknown, draft: string, file: string): void {
	if (systemCode(error) !== "EEXIST") return;
	throw new Failure(
		"disk",
		`${file} appeared while the batch ran: its report is ${draft}`,
	);
}

function onDisk<T>(file: string, action: () => T): T {
	try {
		return action();
	} catch (error) {
		if (error instanceof Failure) throw error;
		throw diskFailure(file, error);
	}
}

function startOf(file: string): string {
	const handle = fs.openSync(file, "r");
	try {
		const buffer = Buffer.alloc(4_096);
		return buffer.toString("utf8", 0, fs.readSync(handle, buffer));
	} finally {
		fs.closeSync(handle);
	}
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
