import { parse } from "csv-parse/sync";

/**
 * The cells of records that are whole. Strict: a quote that is not where RFC 4180 has it is refused rather than guessed at,
 * since readers differ on what such a cell says.
 * @param records each with its end of line
 * @throws {CsvError} for what `csvFault` has words for
 */
export function parseCells(
	records: Buffer,
	delimiter: string,
): readonly (readonly string[])[] {
	return parse(records, {
		delimiter,
		// Told, not found out: a lone carriage return is part of a cell.
		record_delimiter: ["\r\n", "\n"],
		// Counted where the header is known.
		relax_column_count: true,
	});
}

export const notClosed = "a quote is never closed";

/** What the parser found, in words. */
export function csvFault(error: unknown): string {
	switch ((error as { readonly code?: unknown }).code) {
		case "INVALID_OPENING_QUOTE":
			return 'a quote inside a cell without quotes: put the cell in quotes and write "" for each quote in it';
		case "CSV_INVALID_CLOSING_QUOTE":
			return 'text behind the closing quote of a cell: write "" for a quote inside it';
		case "CSV_QUOTE_NOT_CLOSED":
			return notClosed;
		default:
			return "not CSV";
	}
}
