import { isUtf8 } from "node:buffer";
import { type BadRow, badRow, type RawRow, type RawRows } from "./row.ts";

/** A line of a file, without its end. */
export interface Line {
	/** From 1. */
	readonly number: number;
	/** Empty where the line is too long. */
	readonly bytes: Buffer;
	/** Why it cannot be a row, or part of one. */
	readonly fault: string | undefined;
}

/** Sixteen of the longest prompts: what is longer is no row. */
export const maxLineBytes = 1024 * 1024;

export const lineTooLong = "longer than 1 MiB";
const notUtf8 =
	"not UTF-8; convert the file first, for one: iconv -f cp1252 -t utf-8";

/**
 * The lines of a file in batches, one for each chunk. No more than a line and a chunk are held, and of a line that is too
 * long nothing. A byte order mark is dropped; an end of line at the end of the file begins no further line.
 */
export async function* readLines(
	chunks: AsyncIterable<Buffer>,
	separator: "\n" | "\0",
): AsyncGenerator<readonly Line[]> {
	const code = separator.charCodeAt(0);
	let number = 0;
	let rest: Buffer = nothing;
	let isTooLong = false;
	const nextLine = (bytes: Buffer): Line => {
		number++;
		const line = isTooLong ? tooLongLine(number) : lineOf(number, bytes);
		isTooLong = false;
		return line;
	};
	for await (const chunk of chunks) {
		const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
		const lines: Line[] = [];
		let start = 0;
		for (;;) {
			const end = bytes.indexOf(code, start);
			if (end === -1) break;
			lines.push(nextLine(bytes.subarray(start, end)));
			start = end + 1;
		}
		rest = bytes.subarray(start);
		isTooLong ||= rest.length > maxLineBytes;
		if (isTooLong) rest = nothing;
		yield lines;
	}
	if (rest.length > 0 || isTooLong) yield [nextLine(rest)];
}

/** The rows of a format that has one on each line with something on it. */
export async function* rowPerLine(
	batches: AsyncIterable<readonly Line[]>,
	read: (text: string, line: number) => RawRow | BadRow,
): RawRows {
	for await (const lines of batches)
		yield lines.flatMap(({ number, bytes, fault }) => {
			if (fault !== undefined) return badRow(number, fault);
			const text = bytes.toString("utf8");
			return text.trim() === "" ? [] : read(text, number);
		});
}

const nothing = Buffer.alloc(0);

function lineOf(number: number, bytes: Buffer): Line {
	if (bytes.length > maxLineBytes) return tooLongLine(number);
	const hasMark = number === 1 && bytes.subarray(0, 3).equals(byteOrderMark);
	return {
		number,
		bytes: hasMark ? bytes.subarray(3) : bytes,
		fault: isUtf8(bytes) ? undefined : notUtf8,
	};
}

const byteOrderMark = Buffer.from("\ufeff");

function tooLongLine(number: number): Line {
	return { number, bytes: nothing, fault: lineTooLong };
}
