import { CsvError, type CsvErrorCode, parse } from "csv-parse/sync";
import { type Line, lineTooLong, maxLineBytes } from "./lines.ts";
import { type BadRow, badRow } from "./row.ts";

/** The cells of a row. */
export interface CsvRecord {
	/** Where it starts. */
	readonly line: number;
	readonly cells: readonly string[];
}

/**
 * The records of a file, in batches. Strict: a quote that is not where RFC 4180 has it is refused rather than guessed at,
 * since readers differ on what such a cell says. Of a broken record only the first line is given up, and those behind it
 * are taken for rows again: one stray quote must not hide what is wrong with the rest of the file.
 */
export async function* readRecords(
	batches: AsyncIterable<readonly Line[]>,
	delimiter: string,
): AsyncGenerator<readonly (CsvRecord | BadRow)[]> {
	let open: Line[] = [];
	for await (const lines of batches) {
		const found: (CsvRecord | BadRow)[] = [];
		for (const line of lines) {
			if (line.fault !== lineTooLong) {
				open.push(line);
				continue;
			}
			// A record that would go on into this line is named by it alone.
			parseLines(open, delimiter, found);
			found.push(badRow(line.number, line.fault));
			open = [];
		}
		open = parseLines(open, delimiter, found);
		yield found;
	}
	const found: (CsvRecord | BadRow)[] = [];
	parseLines(open, delimiter, found, { isEnd: true });
	yield found;
}

/** The cells of a line; undefined where it is no whole record. */
export function parseLine(
	line: string,
	delimiter: string,
): readonly string[] | undefined {
	const { records, fault } = parseUntilFault(Buffer.from(line), delimiter);
	return fault === undefined ? (records[0] ?? []) : undefined;
}

/**
 * All lines are parsed at once, since an instance of the parser for each record takes ten times as long, and what is behind
 * a fault once more.
 * @returns the lines of the last record where its end has not come yet
 */
function parseLines(
	lines: readonly Line[],
	delimiter: string,
	found: (CsvRecord | BadRow)[],
	{ isEnd = false } = {},
): Line[] {
	const bytes = Buffer.concat(lines.flatMap((line) => [line.bytes, lineEnd]));
	const ends = endsOf(lines);
	let at = 0;
	for (;;) {
		const rest = bytes.subarray(ends[at - 1] ?? 0);
		const { records, ...parsed } = parseUntilFault(rest, delimiter);
		let { fault } = parsed;
		for (const cells of records) {
			const next = at + countLines(cells);
			if (next - at > maxRecordLines) {
				fault = tooLong;
				break;
			}
			found.push(recordOf(cells, lines.slice(at, next)));
			at = next;
		}
		const first = lines[at];
		if (fault === undefined || first === undefined) return [];
		const goesOn = fault === notClosed && !isEnd;
		if (goesOn && lines.length - at <= maxRecordLines) return lines.slice(at);
		const reason = first.fault ?? (goesOn ? tooLong : fault);
		found.push(badRow(first.number, reason));
		at++;
	}
}

function endsOf(lines: readonly Line[]): readonly number[] {
	let end = 0;
	return lines.map(({ bytes }) => {
		end += bytes.length + lineEnd.length;
		return end;
	});
}

const lineEnd = Buffer.from("\n");

/** @param lines of which there is at least one */
function recordOf(
	cells: readonly string[],
	lines: readonly Line[],
): CsvRecord | BadRow {
	const bad = lines.find(({ fault }) => fault !== undefined);
	if (bad?.fault !== undefined) return badRow(bad.number, bad.fault);
	return { line: lines[0]?.number ?? 0, cells };
}

/** What the parser says of lines is not used: it counts an end of line of Windows twice within quotes. */
function countLines(cells: readonly string[]): number {
	return cells.join("").split("\n").length;
}

/** The records before the first that is broken, and what is wrong with that. */
function parseUntilFault(
	bytes: Buffer,
	delimiter: string,
): { records: string[][]; fault: string | undefined } {
	const options = {
		delimiter,
		// Told, not found out: a lone carriage return is part of a cell.
		record_delimiter: ["\r\n", "\n"],
		// Counted where the header is known.
		relax_column_count: true,
		max_record_size: maxLineBytes,
	};
	try {
		return { records: parse(bytes, options), fault: undefined };
	} catch (error) {
		if (!(error instanceof CsvError)) throw error;
		// Its `on_record` would spare the second time, but makes the first half as slow again.
		const to = Number(error.records);
		const records = to === 0 ? [] : parse(bytes, { ...options, to });
		return { records, fault: faults[error.code] ?? "not CSV" };
	}
}

/** Far more than a prompt has. A mebibyte of blank lines would be a million of them. */
const maxRecordLines = 10_000;

const notClosed = "a quote is never closed";
const tooLong = "longer than 1 MiB or 10,000 lines: is a quote never closed?";

const faults: Partial<Record<CsvErrorCode, string>> = {
	CSV_INVALID_CLOSING_QUOTE:
		'text behind the closing quote of a cell: write "" for a quote inside it',
	CSV_MAX_RECORD_SIZE: tooLong,
	CSV_QUOTE_NOT_CLOSED: notClosed,
	INVALID_OPENING_QUOTE:
		'a quote inside a cell without quotes: put the cell in quotes and write "" for each quote in it',
};
