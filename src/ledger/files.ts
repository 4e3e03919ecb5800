import fs from "node:fs/promises";
import path from "node:path";
import { Failure, systemCode } from "../errors.ts";
import { systemReason } from "../system/disk-failure.ts";

/** How much is read at a time, in bytes: a month may have a million lines, which no string can hold. */
const pieceBytes = 256 * 1024;
const lineEnd = 0x0a;

/** Bytes of a file. */
export interface Piece {
	readonly bytes: Buffer;
	/** Where in the file they begin. */
	readonly from: number;
}

/** Where a line of the ledger stands. */
export interface Place {
	readonly file: string;
	/** In bytes. */
	readonly from: number;
	/** In bytes; the line end is not part of it. */
	readonly to: number;
}

/** The files of a ledger, one a month, oldest first, with their sizes in bytes. @throws {Failure} `disk` */
export async function ledgerFiles(
	folder: string,
): Promise<ReadonlyMap<string, number>> {
	const names = await fs.readdir(folder).catch((error) => {
		if (systemCode(error) === "ENOENT") return [];
		throw unreadable(folder, error);
	});
	const sizes = new Map<string, number>();
	for (const name of names.sort()) {
		if (!/^\d{4}-\d\d\.jsonl$/.test(name)) continue;
		const file = path.join(folder, name);
		const stat = await fs.stat(file).catch(() => undefined);
		if (stat) sizes.set(file, stat.size);
	}
	return sizes;
}

/** A part of a file in pieces that end with a line; only the last one may end in the middle of a line that is being written. */
export async function* readPieces(
	file: string,
	from: number,
	to: number,
): AsyncGenerator<Piece> {
	const opened = await open(file);
	try {
		for (let size = pieceBytes; from < to; ) {
			const bytes = await opened.read(from, Math.min(from + size, to));
			const isLast = bytes.length < size;
			const end = isLast ? bytes.length : bytes.lastIndexOf(lineEnd) + 1;
			if (bytes.length === 0) return;
			// A line that is longer than a piece is read again, with what follows it.
			size = end === 0 ? size * 2 : pieceBytes;
			if (end > 0) yield { bytes: bytes.subarray(0, end), from };
			from += end;
		}
	} finally {
		await opened.close();
	}
}

/** The lines of a file before an offset, the last ones first, some hundreds at a time. Reads as much as is asked for. */
export async function* readBackwards(
	file: string,
	to: number,
): AsyncGenerator<readonly Buffer[]> {
	const opened = await open(file);
	try {
		for (let size = pieceBytes; to > 0; ) {
			const from = Math.max(0, to - size);
			const bytes = await opened.read(from, to);
			// The line that begins before these bytes comes with the next ones.
			const start = from === 0 ? 0 : bytes.indexOf(lineEnd) + 1;
			const isCut = from > 0 && (start === 0 || start === bytes.length);
			size = isCut ? size * 2 : pieceBytes;
			if (isCut) continue;
			yield linesIn(bytes.subarray(start)).reverse();
			to = from + start;
		}
	} finally {
		await opened.close();
	}
}

/** One line, by its place. */
export async function readPlace({ file, from, to }: Place): Promise<Buffer> {
	const opened = await open(file);
	try {
		return await opened.read(from, to);
	} finally {
		await opened.close();
	}
}

/** The lines of these bytes without their ends, an unfinished last one included. */
export function linesIn(bytes: Buffer): Buffer[] {
	const lines: Buffer[] = [];
	for (let at = 0; at < bytes.length; ) {
		const next = bytes.indexOf(lineEnd, at);
		const end = next < 0 ? bytes.length : next;
		lines.push(bytes.subarray(at, end));
		at = end + 1;
	}
	return lines;
}

async function open(file: string) {
	const handle = await fs.open(file).catch((error) => {
		throw unreadable(file, error);
	});
	return {
		async read(from: number, to: number): Promise<Buffer> {
			const bytes = Buffer.allocUnsafe(to - from);
			const { bytesRead } = await handle
				.read(bytes, 0, bytes.length, from)
				.catch((error) => {
					throw unreadable(file, error);
				});
			return bytes.subarray(0, bytesRead);
		},
		close: () => handle.close(),
	};
}

function unreadable(place: string, error: unknown): unknown {
	const reason = systemReason(error, {
		ENOTDIR: "it is no folder",
		EISDIR: "a folder stands where a file should be",
	});
	return new Failure("disk", `the ledger ${place} cannot be read: ${reason}`, {
		hint: `look at what is there: ${place}`,
		cause: error,
	});
}
