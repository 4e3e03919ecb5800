import fs from "node:fs/promises";
import path from "node:path";
import { Failure } from "../../errors.ts";
import { isNotBought } from "../../record.ts";
import { systemReason } from "../../system/disk-failure.ts";
import { escaped } from "../../system/escape.ts";
import { delimiterOf, isReport, reportColumns } from "../batch/report.ts";

export interface ReportRow {
	/** Absolute; undefined for an image that did not come. */
	readonly path: string | undefined;
	/** Undefined where the report does not tell: a CSV has no column for it. */
	readonly sha256: string | undefined;
	/** Of the file of rows. */
	readonly line: string;
	/** How the image ended that did not come, in words. */
	readonly ended: string;
	/** Undefined of a row without one. */
	readonly prompt: string | undefined;
	/** In digits; undefined of a row without one. */
	readonly seed: string | undefined;
	/** Undefined where there was no run yet. */
	readonly runId: string | undefined;
	/** Every key or column of the row of the batch as text. */
	readonly columns: Readonly<Record<string, string>>;
}

/**
 * Reads what `batch --report` wrote; no rows without a name.
 * @param cwd the folder that its relative paths start from
 * @throws {Failure} `usage` for what is no report
 */
export async function readReport(
	name: string | undefined,
	cwd: string,
): Promise<readonly ReportRow[]> {
	if (name === undefined) return [];
	const text = await fs
		.readFile(path.resolve(cwd, name), "utf8")
		.then((read) => read.replace(/^\ufeff/, ""))
		.catch((error) => {
			throw new Failure(
				"usage",
				`--report ${escaped(name)} cannot be read: ${systemReason(error)}`,
				{ hint: "give the file that batch --report wrote" },
			);
		});
	const isCsv = path.extname(name).toLowerCase() === ".csv";
	const values = isReport(name, text)
		? await (isCsv ? csvValues : jsonValues)(text).catch(() => undefined)
		: undefined;
	if (!values?.every((one) => typeof one?.status === "string"))
		throw new Failure("usage", `${escaped(name)} is no report of a batch`, {
			hint: "give the file that batch --report wrote, .csv or .jsonl",
		});
	return values.map((one) => rowOf(one, cwd));
}

/** An image that may be of a row. */
interface Brought
	extends Pick<Partial<ReportRow>, "runId" | "prompt" | "seed"> {
	readonly path: string;
}

/** Rows with the places that later commands brought their images to: a report tells how its batch ended. */
export function withPlaces(
	rows: readonly ReportRow[],
	images: readonly Brought[],
): readonly ReportRow[] {
	const taken = new Set(rows.map((row) => row.path));
	const places = new Map<string, string[]>();
	for (const image of images)
		for (const name of namesOf(image))
			places.set(name, [...(places.get(name) ?? []), image.path]);
	return rows.map((row) => {
		if (row.path) return row;
		const found = namesOf(row)
			.flatMap((name) => places.get(name) ?? [])
			.find((place) => !taken.has(place));
		taken.add(found);
		return { ...row, path: found };
	});
}

/** What an image and its row have in common: the run, or what was asked for, where the report was written before there was a run. */
function namesOf({
	runId,
	prompt,
	seed,
}: Omit<Brought, "path">): readonly string[] {
	const asked = prompt && seed && `${seed} ${prompt}`;
	return [runId, asked].flatMap((name) => name || []);
}

type Values = Readonly<Record<string, unknown>>;

async function csvValues(text: string): Promise<readonly Values[]> {
	const { parse } = await import("csv-parse/sync");
	const rows: Readonly<Record<string, string>>[] = parse(text, {
		columns: true,
		delimiter: delimiterOf(text),
	});
	return rows.map(csvRow);
}

/** As it is in a `.jsonl`, where the row's own columns are under `row`. */
function csvRow(cells: Readonly<Record<string, string>>): Values {
	const isOurs = (name: string) => reportColumns.some((one) => one === name);
	const values: Record<string, string> = {};
	const row: Record<string, string> = {};
	for (const [name, cell] of Object.entries(cells)) {
		// What a spreadsheet would take for a formula was written behind an apostrophe.
		const text = cell.replace(/^'(?=[=+\-@\t\r])/, "");
		const [, asked = name] = /^row_(.*)$/s.exec(name) ?? [];
		if (isOurs(name)) values[name] = text;
		else row[isOurs(asked) ? asked : name] = text;
	}
	return { ...values, row };
}

async function jsonValues(text: string): Promise<readonly Values[]> {
	const lines = text.split("\n").filter((line) => line !== "");
	return lines.map((line) => JSON.parse(line));
}

function rowOf(values: Values, cwd: string): ReportRow {
	const { status, file, sha256, line, index, message, error } = values;
	const isThere = status === "saved" || status === "skipped";
	const code = (error as Values | undefined)?.code ?? error;
	const end = isNotBought({ ...values, code }) ? "not bought" : status;
	const why = message ?? (error as Values | undefined)?.message;
	return {
		path: isThere ? path.resolve(cwd, String(file)) : undefined,
		sha256: textOf(sha256),
		line: String(line || index),
		ended: `${end}${why ? `: ${why}` : ""}`,
		prompt: textOf(values.prompt),
		seed: textOf(values.seed),
		runId: textOf(values.run_id),
		columns: Object.fromEntries(
			Object.entries((values.row as Values | undefined) ?? {}).map(
				([name, value]) => [name, String(value ?? "")],
			),
		),
	};
}

/** Undefined for what is not told: an empty cell, null. */
function textOf(value: unknown): string | undefined {
	return String(value ?? "") || undefined;
}
