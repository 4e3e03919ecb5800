import { isUtf8 } from "node:buffer";

/** A line of a file, without its end. */
export interface Line {
	/** From 1. */
	readonly number: number;
	/** Empty where the line is too long. */
	readonly bytes: Buffer;
	readonly fault: LineFault | undefined;
}

export type LineFault = "too long" | "not UTF-8";

/** Sixteen of the longest prompts: what is longer is no row. */
export const maxLineBytes = 1024 * 1024;

/**
 * The lines of a file in batches, one for each chunk. No more than a line and a chunk are held, and of a line that is too
 * long nothing. A byte order mark is dropped; an end of line at the end of the file begins no further line.
 */
export async function* readLines(
	chunks: AsyncIterable<Buffer>,
	separator: "\n" | "\0",
): AsyncGenerator<readonly Line[]> {
	const code = separator.charCodeAt(0);
	const begun = lineBegun();
	for await (const chunk of chunks) {
		const lines: Line[] = [];
		let start = 0;
		for (;;) {
			const end = chunk.indexOf(code, start);
			if (end === -1) break;
			lines.push(
				begun.finish(end === start ? nothing : chunk.subarray(start, end)),
			);
			start = end + 1;
		}
		begun.hold(chunk.subarray(start));
		yield lines;
	}
	if (begun.sizeBytes() > 0) yield [begun.finish(nothing)];
}

/** What is wrong with a line, for its row's reason. */
export function lineFaultText(fault: LineFault): string {
	switch (fault) {
		case "too long":
			return "longer than 1 MiB";
		case "not UTF-8":
			return "not UTF-8; convert the file first, for one: iconv -f latin1 -t utf-8";
		default:
			return fault satisfies never;
	}
}

const nothing = Buffer.alloc(0);

/** The line of which the end has not come yet. */
function lineBegun() {
	let number = 0;
	let held: Buffer[] = [];
	let sizeBytes = 0;
	return {
		sizeBytes: () => sizeBytes,
		hold: (piece: Buffer) => {
			sizeBytes += piece.length;
			if (sizeBytes > maxLineBytes) held = [];
			else if (piece.length > 0) held.push(piece);
		},
		finish: (piece: Buffer): Line => {
			const isTooLong = sizeBytes + piece.length > maxLineBytes;
			const whole = held.length === 0 ? piece : Buffer.concat([...held, piece]);
			held = [];
			sizeBytes = 0;
			number++;
			if (isTooLong) return { number, bytes: nothing, fault: "too long" };
			const bytes = number === 1 ? withoutMark(whole) : whole;
			return {
				number,
				bytes,
				fault: isUtf8(bytes) ? undefined : "not UTF-8",
			};
		},
	};
}

function withoutMark(bytes: Buffer): Buffer {
	const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
	return hasMark ? bytes.subarray(3) : bytes;
}
