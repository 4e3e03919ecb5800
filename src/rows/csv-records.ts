import { notClosed } from "./csv-cells.ts";
import { type Line, lineFaultText, maxLineBytes } from "./lines.ts";
import { badRow } from "./raw-row.ts";
import type { BadRow } from "./row.ts";

/** The lines of one row: several where a cell in quotes holds ends of lines. */
export interface CsvRecord {
	/** Where it starts. */
	readonly line: number;
	readonly lines: readonly Buffer[];
}

export interface RecordCutter {
	cut(lines: readonly Line[]): readonly (CsvRecord | BadRow)[];
	/** What is left when the file ends. */
	end(): readonly (CsvRecord | BadRow)[];
}

/**
 * Puts lines together to records: in sound CSV a record ends at the first line end with an even number of quotes before it.
 * Where that leads astray (a quote never closed, or not where it may be), only the first line is given up, and those behind
 * it are taken for rows again: one stray quote must not hide what is wrong with the rest of the file.
 * @param faultOf what is wrong with a record of several lines, if anything
 */
export function recordCutter(
	faultOf: (record: CsvRecord) => string | undefined,
): RecordCutter {
	let begun: Line[] = [];
	let sizeBytes = 0;
	let isQuoted = false;

	function take(line: Line, found: (CsvRecord | BadRow)[]): void {
		if (begun.length === 0 && isBlank(line)) return;
		begun.push(line);
		sizeBytes += line.bytes.length + 1;
		if (hasOddQuotes(line.bytes)) isQuoted = !isQuoted;
		const isTooLong =
			sizeBytes > maxLineBytes + 1 || begun.length > maxRecordLines;
		if (line.fault === "too long" || isTooLong || !isQuoted)
			close(found, tooLong);
	}

	function close(found: (CsvRecord | BadRow)[], openFault: string): void {
		const lines = begun;
		const [first, ...rest] = lines;
		if (first === undefined) return;
		const record = { line: first.number, lines: lines.map(bytesOf) };
		const isOpen = isQuoted;
		begun = [];
		sizeBytes = 0;
		isQuoted = false;
		const faulty = lines.find(({ fault }) => fault !== undefined);
		if (faulty?.fault !== undefined) {
			found.push(badRow(faulty.number, lineFaultText(faulty.fault)));
			return;
		}
		const fault = isOpen
			? openFaultOf(record, openFault)
			: closedFaultOf(record);
		if (fault === undefined) {
			found.push(record);
			return;
		}
		found.push(badRow(record.line, fault));
		// Of these only the last can have an odd number of quotes, so this goes no deeper and nothing is read a third time.
		for (const line of rest) take(line, found);
	}

	/** A quote where none may be is told by the first line; of one that begins a cell, why no end of it was found. */
	function openFaultOf({ line, lines }: CsvRecord, openFault: string): string {
		const fault = faultOf({ line, lines: lines.slice(0, 1) }) ?? notClosed;
		return fault === notClosed ? openFault : fault;
	}

	/** A record of one line is looked at later, with its neighbours, which is quicker: there is nothing behind it to save. */
	function closedFaultOf(record: CsvRecord): string | undefined {
		return record.lines.length > 1 ? faultOf(record) : undefined;
	}

	return {
		cut: (lines) => {
			const found: (CsvRecord | BadRow)[] = [];
			for (const line of lines) take(line, found);
			return found;
		},
		end: () => {
			const found: (CsvRecord | BadRow)[] = [];
			while (begun.length > 0) close(found, notClosed);
			return found;
		},
	};
}

const tooLong = "longer than 1 MiB or 10,000 lines: is a quote never closed?";

/** Far more than a prompt has. A mebibyte of blank lines would be a million of them. */
const maxRecordLines = 10_000;

function isBlank({ bytes, fault }: Line): boolean {
	return fault === undefined && bytes.every((byte) => blanks.has(byte));
}

const blanks: ReadonlySet<number> = new Set(Buffer.from(" \t\r"));

function hasOddQuotes(bytes: Buffer): boolean {
	let isOdd = false;
	for (let at = bytes.indexOf(quote); at !== -1; isOdd = !isOdd)
		at = bytes.indexOf(quote, at + 1);
	return isOdd;
}

const quote = '"'.charCodeAt(0);

function bytesOf({ bytes }: Line): Buffer {
	return bytes;
}
