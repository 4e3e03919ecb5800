import fs from "node:fs/promises";
import path from "node:path";
import { systemCode } from "../errors.ts";
import { diskFailure } from "../system/disk-failure.ts";

/** Where a line of the ledger stands. */
export interface Place {
	readonly file: string;
	/** In bytes. */
	readonly from: number;
	/** In bytes; the line end is not part of it. */
	readonly to: number;
}

/** The ledger in two parts: what was there when this began, and what has been appended since. */
export interface LedgerTail {
	/** Lines that were there, newest first, until `visit` returns false. Reads as much of the files as it visits. */
	before(visit: (line: Buffer) => boolean): Promise<void>;
	/** Lines appended since the last call, each once and whole. */
	next(visit: (line: Buffer, place: Place) => void): Promise<void>;
}

/** How much is read at a time, in bytes: some two hundred lines. */
const chunkBytes = 128 * 1024;

/** Follows the ledger from where it ends now. @param folder one file a month, whose names sort by time */
export async function followLedger(folder: string): Promise<LedgerTail> {
	const began = await sizesOf(folder);
	const readTo = new Map(began);
	let reading: Promise<void> = Promise.resolve();

	async function readOn(
		visit: (line: Buffer, place: Place) => void,
	): Promise<void> {
		for (const [file, size] of await sizesOf(folder)) {
			for (let from = readTo.get(file) ?? 0; from < size; ) {
				const bytes = await readRange(file, from, Math.min(size, from + most));
				const read = forEachLine(bytes, (start, end) =>
					visit(bytes.subarray(start, end), {
						file,
						from: from + start,
						to: from + end,
					}),
				);
				// The end of a line that is being written comes with the next reading.
				if (read === 0) break;
				from += read;
				readTo.set(file, from);
			}
		}
	}

	return {
		async before(visit) {
			for (const [file, size] of [...began].reverse())
				if (!(await readBackwards(file, size, visit))) return;
		},
		next(visit) {
			// One after the other: two readings at once would take a line twice, or leave it out.
			reading = reading.catch(() => {}).then(() => readOn(visit));
			return reading;
		},
	};
}

/** More than any line has, so that each reading ends at least one. */
const most = 8 * 1024 * 1024;

/** One line, by its place. */
export async function readPlace({ file, from, to }: Place): Promise<Buffer> {
	return readRange(file, from, to);
}

/** Calls `visit` for each line that ends in these bytes. @returns how many bytes those lines take */
function forEachLine(
	bytes: Buffer,
	visit: (start: number, end: number) => void,
): number {
	for (let at = 0; ; ) {
		const end = bytes.indexOf(0x0a, at);
		if (end < 0) return at;
		visit(at, end);
		at = end + 1;
	}
}

/** @returns whether to go on with the file before */
async function readBackwards(
	file: string,
	size: number,
	visit: (line: Buffer) => boolean,
): Promise<boolean> {
	// The end of a line that begins in an earlier chunk.
	let tail: Buffer = Buffer.alloc(0);
	for (let to = size; to > 0; ) {
		const from = Math.max(0, to - chunkBytes);
		const bytes = Buffer.concat([await readRange(file, from, to), tail]);
		const start = from === 0 ? 0 : bytes.indexOf(0x0a) + 1;
		to = from;
		if (from > 0 && start === 0) {
			tail = bytes;
			continue;
		}
		tail = bytes.subarray(0, start);
		const lines: Buffer[] = [];
		const whole = bytes.subarray(start);
		const read = forEachLine(whole, (at, end) =>
			lines.push(whole.subarray(at, end)),
		);
		lines.push(whole.subarray(read));
		for (const line of lines.reverse())
			if (line.length > 0 && !visit(line)) return false;
	}
	return true;
}

async function sizesOf(folder: string): Promise<Map<string, number>> {
	const names = await fs.readdir(folder).catch((error) => {
		if (systemCode(error) === "ENOENT") return [];
		throw diskFailure(folder, error);
	});
	const sizes = new Map<string, number>();
	for (const name of names
		.filter((one) => /^\d{4}-\d\d\.jsonl$/.test(one))
		.sort()) {
		const file = path.join(folder, name);
		const stat = await fs.stat(file).catch(() => undefined);
		if (stat) sizes.set(file, stat.size);
	}
	return sizes;
}

async function readRange(
	file: string,
	from: number,
	to: number,
): Promise<Buffer> {
	const handle = await fs.open(file);
	try {
		const buffer = Buffer.alloc(to - from);
		const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
		return buffer.subarray(0, bytesRead);
	} finally {
		await handle.close();
	}
}
