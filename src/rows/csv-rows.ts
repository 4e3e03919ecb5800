import { counted } from "../system/plural.ts";
import { csvFault, parseCells } from "./csv-cells.ts";
import { checkColumns, columnNames, headerFault } from "./csv-header.ts";
import { type CsvRecord, recordCutter } from "./csv-records.ts";
import type { Line } from "./lines.ts";
import type { PromptTemplate } from "./prompt-template.ts";
import { badRow, isBadRow, type RawRow, type RawRows } from "./raw-row.ts";
import type { BadRow } from "./row.ts";
import { shownNames } from "./shown.ts";

interface CsvFile {
	readonly name: string;
	readonly delimiter: string;
	/** Whether a line that only names the delimiter is above the header. */
	readonly hasDelimiterLine: boolean;
	readonly template: PromptTemplate | undefined;
}

/**
 * A row for each record below the header. A header that is not sound is one bad row, and the end.
 * @throws {Failure} `usage` where the header has not the columns that a prompt is made of
 */
export async function* csvRows(
	batches: AsyncIterable<readonly Line[]>,
	file: CsvFile,
): RawRows {
	let header: readonly string[] | undefined;
	let toSkip = file.hasDelimiterLine ? 1 : 0;
	for await (const records of recordsOf(batches, file.delimiter)) {
		const rows = cellsOf(records, file.delimiter);
		toSkip -= rows.splice(0, toSkip).length;
		const first = header === undefined ? rows.shift() : undefined;
		if (first !== undefined) {
			const names = isBadRow(first) ? first : readHeader(first);
			if (isBadRow(names)) {
				yield [names];
				return;
			}
			checkColumns(names, file);
			header = names;
		}
		yield rows.flatMap((row) => rowOf(row, header ?? []));
	}
}

interface Cells {
	readonly line: number;
	readonly cells: readonly string[];
}

async function* recordsOf(
	batches: AsyncIterable<readonly Line[]>,
	delimiter: string,
): AsyncGenerator<readonly (CsvRecord | BadRow)[]> {
	const cutter = recordCutter((record) => {
		const cells = parseOne(record, delimiter);
		return isBadRow(cells) ? cells.reason : undefined;
	});
	for await (const lines of batches) yield cutter.cut(lines);
	yield cutter.end();
}

function cellsOf(
	records: readonly (CsvRecord | BadRow)[],
	delimiter: string,
): (Cells | BadRow)[] {
	const sound = records.filter(
		(record): record is CsvRecord => !isBadRow(record),
	);
	const all = parseAll(sound, delimiter);
	let at = 0;
	return records.map((record) => {
		if (isBadRow(record)) return record;
		const cells = all?.[at++];
		return cells === undefined
			? parseOne(record, delimiter)
			: { line: record.line, cells };
	});
}

/** All at once: an instance of the parser for each record takes ten times as long. Undefined where one of them is broken. */
function parseAll(
	records: readonly CsvRecord[],
	delimiter: string,
): readonly (readonly string[])[] | undefined {
	try {
		const all = parseCells(Buffer.concat(records.flatMap(bytesOf)), delimiter);
		return all.length === records.length ? all : undefined;
	} catch {
		return undefined;
	}
}

function parseOne(record: CsvRecord, delimiter: string): Cells | BadRow {
	try {
		const parsed = parseCells(Buffer.concat(bytesOf(record)), delimiter);
		const [cells] = parsed;
		return cells === undefined || parsed.length > 1
			? badRow(record.line, csvFault(undefined))
			: { line: record.line, cells };
	} catch (error) {
		return badRow(record.line, csvFault(error));
	}
}

function bytesOf({ lines }: CsvRecord): readonly Buffer[] {
	return lines.flatMap((line) => [line, lineEnd]);
}

const lineEnd = Buffer.from("\n");

function readHeader({ line, cells }: Cells): readonly string[] | BadRow {
	const names = columnNames(cells);
	const fault = headerFault(names);
	return fault === undefined ? names : badRow(line, fault);
}

/** Nothing for a row of empty cells, as spreadsheets leave them below a table; they leave them behind the last column too. */
function rowOf(
	row: Cells | BadRow,
	header: readonly string[],
): RawRow | BadRow | [] {
	if (isBadRow(row)) return row;
	const { line } = row;
	if (row.cells.every(isBlank)) return [];
	const cells = row.cells.slice(header.length).every(isBlank)
		? row.cells.slice(0, header.length)
		: row.cells;
	if (cells.length !== header.length)
		return badRow(
			line,
			`${counted(cells.length, "cell")}, but the header has ${counted(header.length, "column")}: ${shownNames(header)}`,
		);
	const columns = objectOf(header, cells);
	const values = cells.includes("")
		? objectOf(
				header,
				cells.map((cell) => (cell === "" ? undefined : cell)),
			)
		: columns;
	return { line, values, columns };
}

function isBlank(cell: string): boolean {
	return cell.trim() === "";
}

/** A column may be called `__proto__`: fromEntries makes a key of it like any other. */
function objectOf<T>(
	names: readonly string[],
	values: readonly T[],
): Readonly<Record<string, T>> {
	return Object.fromEntries(names.map((name, at) => [name, values[at] as T]));
}
