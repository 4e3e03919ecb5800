import { Failure } from "../errors.ts";
import { counted } from "../system/plural.ts";
import { type CsvRecord, parseLine, readRecords } from "./csv-records.ts";
import type { Line } from "./lines.ts";
import { unknownColumn } from "./prompt-template.ts";
import {
	type BadRow,
	badRow,
	isBadRow,
	ownColumns,
	type RawRow,
	type RawRows,
} from "./row.ts";
import { listed, theNearest } from "./wording.ts";

interface CsvFile {
	/** For messages. */
	readonly name: string;
	readonly delimiter: string;
	/** Whether a line that only names the delimiter is above the header. */
	readonly hasDelimiterLine: boolean;
	/** What the template of `--prompt` names; undefined without one. */
	readonly templateColumns: readonly string[] | undefined;
}

/**
 * A row for each record below the header, but none for one of empty cells, as spreadsheets leave them below a table. A
 * header that is not sound is one bad row, and the end.
 * @throws {Failure} `usage` where the header has not the columns that a prompt is made of
 */
export async function* csvRows(
	batches: AsyncIterable<readonly Line[]>,
	file: CsvFile,
): RawRows {
	let header: readonly string[] | undefined;
	let toSkip = file.hasDelimiterLine ? 1 : 0;
	for await (const records of readRecords(batches, file.delimiter)) {
		const rows: (RawRow | BadRow)[] = [];
		for (const record of records) {
			if (!isBadRow(record) && record.cells.every(isBlank)) continue;
			if (toSkip-- > 0) continue;
			if (header !== undefined) {
				rows.push(isBadRow(record) ? record : rowOf(record, header));
				continue;
			}
			const names = isBadRow(record) ? record : readHeader(record);
			if (isBadRow(names)) {
				yield [names];
				return;
			}
			checkColumns(names, file);
			header = names;
		}
		yield rows;
	}
}

/** The delimiter with which a first line is a header with all these columns, if there is one. */
export function headerDelimiter(
	firstLine: string,
	wanted: readonly string[],
): string | undefined {
	return delimiters.find((delimiter) => {
		const cells = parseLine(firstLine, delimiter);
		const names = cells && columnNames(cells);
		return names && wanted.every((name) => names.includes(name));
	});
}

/** The delimiter that a first line has most of. */
export function likelyDelimiter(firstLine: string): string {
	const counts = delimiters.map((one) => firstLine.split(one).length);
	return delimiters[counts.indexOf(Math.max(...counts))] ?? ",";
}

const delimiters = [",", ";", "\t"];

function readHeader({ line, cells }: CsvRecord): readonly string[] | BadRow {
	const names = columnNames(cells);
	const fault = headerFault(names);
	return fault === undefined ? names : badRow(line, fault);
}

/**
 * The names of a header without the blanks around them, and without the empty last ones that spreadsheets leave; `Prompt` and
 * `SEED`, as they have them, are `prompt` and `seed`.
 */
function columnNames(cells: readonly string[]): readonly string[] {
	const last = cells.findLastIndex((cell) => !isBlank(cell));
	return cells.slice(0, last + 1).map((cell) => {
		const name = cell.trim();
		return ownColumns.find((own) => own === name.toLowerCase()) ?? name;
	});
}

/** Why no rows can be told by this header, if so. */
function headerFault(names: readonly string[]): string | undefined {
	if (names.length > maxColumns)
		return `the header has ${names.length} columns, more than the ${maxColumns} of a spreadsheet: is it one?`;
	const seen = new Set<string>();
	for (const [at, name] of names.entries()) {
		if (name === "") return `column ${at + 1} of the header has no name`;
		if (seen.has(name)) return `the header has the column "${name}" twice`;
		seen.add(name);
	}
	return undefined;
}

/** Of Excel. Every row is an object of them all, and every wrong name is looked for among them. */
const maxColumns = 16_384;

function checkColumns(
	names: readonly string[],
	{ name, templateColumns }: CsvFile,
): void {
	const missing = templateColumns?.find((column) => !names.includes(column));
	if (missing !== undefined) throw unknownColumn(missing, names);
	if (templateColumns !== undefined || names.includes("prompt")) return;
	throw new Failure(
		"usage",
		`${name} has no column "prompt"${theNearest("prompt", names)}`,
		{
			hint: `there are: ${listed(names)}; make a prompt of them: --prompt "… {${names[0]}} …"`,
		},
	);
}

/** Spreadsheets leave empty cells behind the last column. */
function rowOf(
	{ line, cells }: CsvRecord,
	header: readonly string[],
): RawRow | BadRow {
	const extra = cells.slice(header.length);
	if (cells.length < header.length || !extra.every(isBlank))
		return badRow(
			line,
			`${counted(cells.length, "cell")}, but the header has ${counted(header.length, "column")}: ${listed(header)}`,
		);
	const entries = header.map((name, at) => [name, cells[at] ?? ""] as const);
	// A column may be called `__proto__`: fromEntries makes a key of it like any other.
	const columns = Object.fromEntries(entries);
	const given = entries.filter(([, cell]) => cell !== "");
	const isFull = given.length === entries.length;
	return {
		line,
		values: isFull ? columns : Object.fromEntries(given),
		columns,
	};
}

function isBlank(cell: string): boolean {
	return cell.trim() === "";
}
