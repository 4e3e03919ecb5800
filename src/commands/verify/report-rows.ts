import fs from "node:fs/promises";
import path from "node:path";
import { Failure } from "../../errors.ts";
import { systemReason } from "../../system/disk-failure.ts";
import { escaped } from "../../system/escape.ts";

/** A row of a report of a batch. */
export interface ReportRow {
	/** Absolute; undefined for an image that did not come. */
	readonly path: string | undefined;
	/** Undefined where the report does not tell: a CSV has no column for it. */
	readonly sha256: string | undefined;
	/** Of the file of rows. */
	readonly line: string;
	/** How the image ended that did not come, in words. */
	readonly ended: string;
}

/**
 * Reads what `batch --report` wrote.
 * @param cwd the folder that its relative paths start from
 * @throws {Failure} `usage` for what is no report
 */
export async function readReport(
	name: string,
	cwd: string,
): Promise<readonly ReportRow[]> {
	const text = await fs
		.readFile(path.resolve(cwd, name), "utf8")
		.catch((error) => {
			throw new Failure(
				"usage",
				`--report ${escaped(name)} cannot be read: ${systemReason(error)}`,
				{ hint: "give the file that batch --report wrote" },
			);
		});
	const isCsv = path.extname(name).toLowerCase() === ".csv";
	const values = await (isCsv ? csvValues : jsonValues)(text).catch(
		() => undefined,
	);
	if (!values?.every((one) => typeof one?.status === "string"))
		throw new Failure("usage", `${escaped(name)} is no report of a batch`, {
			hint: "give the file that batch --report wrote, .csv or .jsonl",
		});
	return values.map((one) => rowOf(one, cwd));
}

type Values = Readonly<Record<string, unknown>>;

async function csvValues(text: string): Promise<readonly Values[]> {
	const { parse } = await import("csv-parse/sync");
	const rows: Readonly<Record<string, string>>[] = parse(text, {
		columns: true,
		bom: true,
	});
	// What a spreadsheet would take for a formula was written behind an apostrophe.
	return rows.map(({ file = "", ...row }) => ({
		...row,
		file: file.replace(/^'(?=[=+\-@\t\r])/, ""),
	}));
}

async function jsonValues(text: string): Promise<readonly Values[]> {
	const lines = text.split("\n").filter((line) => line !== "");
	return lines.map((line) => JSON.parse(line));
}

function rowOf(values: Values, cwd: string): ReportRow {
	const { status, file, sha256, line, index, message, error } = values;
	const isThere = status === "saved" || status === "skipped";
	const why = message ?? (error as Values | undefined)?.message;
	return {
		path: isThere ? path.resolve(cwd, String(file)) : undefined,
		sha256: typeof sha256 === "string" ? sha256 : undefined,
		line: String(line || index),
		ended: `${status}${why ? `: ${why}` : ""}`,
	};
}
