import path from "node:path";
import { readPlace } from "./files.ts";

/** More bytes than a month's file will ever have: month and offset share a number, which is exact up to the year 2700. */
const mostBytes = 2 ** 38;
/** How much is read at a time, in bytes: some twenty lines, as those of a batch stand together. */
const windowBytes = 16 * 1024;

/** A number for the place where a line begins, the same whatever is appended. */
export function numberOf(file: string, from: number): number {
	const [year, month] = path.basename(file).split(/[-.]/).map(Number);
	return ((year ?? 0) * 12 + (month ?? 1) - 1) * mostBytes + from;
}

/** Makes what reads the bytes of a line by its number. */
export function createLineReader(
	folder: string,
): (number: number) => Promise<Buffer> {
	let last: Promise<Window> | undefined;
	return async (number) => {
		const known = last && lineIn(await last, number);
		if (known) return known;
		const read = readWindow(folder, number, windowBytes);
		last = read;
		return lineIn(await read, number) ?? Buffer.alloc(0);
	};
}

interface Window {
	/** Of the line that it begins with. */
	readonly number: number;
	readonly bytes: Buffer;
	/** The file ends with it, perhaps without a line end. */
	readonly isLast: boolean;
}

async function readWindow(
	folder: string,
	number: number,
	size: number,
): Promise<Window> {
	const months = Math.floor(number / mostBytes);
	const month = String((months % 12) + 1).padStart(2, "0");
	const file = path.join(folder, `${Math.floor(months / 12)}-${month}.jsonl`);
	const from = number % mostBytes;
	const bytes = await readPlace({ file, from, to: from + size });
	const isLast = bytes.length < size;
	return isLast || bytes.includes("\n")
		? { number, bytes, isLast }
		: readWindow(folder, number, size * 2);
}

function lineIn(
	{ number, bytes, isLast }: Window,
	wanted: number,
): Buffer | undefined {
	const start = wanted - number;
	if (start < 0 || start >= bytes.length) return undefined;
	const end = bytes.indexOf("\n", start);
	if (end < 0) return isLast ? bytes.subarray(start) : undefined;
	return bytes.subarray(start, end);
}
