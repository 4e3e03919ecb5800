import fs from "node:fs/promises";
import path from "node:path";
import type { ImageRecord } from "../record.ts";
import { syncFolder } from "../system/atomic-file.ts";
import { diskFailure } from "../system/disk-failure.ts";
import { makePrivateFolder } from "../system/folder.ts";
import { shareNext } from "../system/share-next.ts";
import { ledgerFiles, linesIn, readBackwards, readPieces } from "./files.ts";
import { createLineReader, numberOf } from "./line-numbers.ts";

/** One line of the ledger: a record of an image that is done with, and what the record leaves out. */
export interface LedgerLine {
	readonly record: Extract<ImageRecord, { status: "saved" | "failed" }>;
	/** Key of the image (see `imageKey`), and of the command's images together. */
	readonly key: string;
	readonly group: string;
	readonly service: string;
	readonly project?: string | undefined;
	/** Absolute path; null for stdout and for what failed. */
	readonly path: string | null;
	/** ISO 8601. */
	readonly finishedAt: string;
	/** What the image was reckoned to cost before its bill came, in micro-dollars. */
	readonly priceMicros?: number | undefined;
	/** When the file was written, in milliseconds since 1970: as long as this and its size stay, nobody has touched it. */
	readonly mtimeMs?: number | undefined;
}

/** Names that a line is found by: its own ones, and those of its record. */
type LineName = "key" | "group" | "path" | "client_ref" | "run_id" | "sha256";

/**
 * What was run from here: one JSON line an image, a file a month, only ever appended to, and read in pieces, as no string holds a
 * million lines. An image may have several: fetching it again adds one, and so does a process that was killed after its line and before its job
 * was closed. The later counts.
 */
export interface Ledger {
	/** On disk, flushed, before it resolves. @throws {Failure} `disk` */
	append(line: LedgerLine): Promise<void>;
	/** Every line, oldest first. @throws {Failure} `disk` */
	lines(): AsyncGenerator<LedgerLine>;
	/** The same, each with a number by which `lineAt` reads it again: of a hundred thousand the numbers alone are kept. */
	numbered(): AsyncGenerator<readonly [line: LedgerLine, number: number]>;
	lineAt(number: number): Promise<LedgerLine | undefined>;
	/** Every line, newest first. Reads as much as is asked for. */
	newestFirst(): AsyncGenerator<LedgerLine>;
	/** Lines by a name, oldest first. No other line is parsed: a million are looked through in a few seconds. */
	find(name: LineName, values: Iterable<string>): AsyncGenerator<LedgerLine>;
}

export function openLedger(folder: string): Ledger {
	async function* pieces(): AsyncGenerator<Buffer> {
		for (const [file, size] of await ledgerFiles(folder))
			for await (const { bytes } of readPieces(file, 0, size)) yield bytes;
	}

	const readLine = createLineReader(folder);

	const unwritten = new Map<string, string[]>();
	// Group commit: what comes while a flush is under way is flushed by the next one.
	const writeAll = shareNext(async () => {
		const taken = [...unwritten];
		unwritten.clear();
		for (const [file, lines] of taken)
			try {
				await makePrivateFolder(folder);
				await appendFlushed(file, lines.join(""));
			} catch (error) {
				throw diskFailure(file, error);
			}
	});

	return {
		append(line) {
			const file = path.join(folder, `${line.finishedAt.slice(0, 7)}.jsonl`);
			const lines = unwritten.get(file) ?? [];
			unwritten.set(file, lines);
			lines.push(`${JSON.stringify(line)}\n`);
			return writeAll();
		},
		async *lines() {
			for await (const bytes of pieces())
				for (const line of linesIn(bytes)) yield* parsed(line);
		},
		async *numbered() {
			for (const [file, size] of await ledgerFiles(folder))
				for await (const { bytes, from } of readPieces(file, 0, size)) {
					let number = numberOf(file, from);
					for (const bytesOfLine of linesIn(bytes)) {
						const line = parseLedgerLine(bytesOfLine);
						if (line) yield [line, number];
						number += bytesOfLine.length + 1;
					}
				}
		},
		lineAt: async (number) => parseLedgerLine(await readLine(number)),
		async *newestFirst() {
			for (const [file, size] of [...(await ledgerFiles(folder))].reverse())
				for await (const lines of readBackwards(file, size))
					for (const line of lines) yield* parsed(line);
		},
		async *find(name, values) {
			const texts = new Set([...values].map((value) => JSON.stringify(value)));
			if (texts.size === 0) return;
			for await (const bytes of pieces()) yield* linesNamed(bytes, name, texts);
		},
	};
}

/**
 * When the money went, as ISO 8601: an old image that is fetched once more gets a new line, and costs nothing that day.
 * Undefined where no time is one.
 */
export function boughtAt({
	record,
	finishedAt,
}: {
	readonly record: ImageRecord;
	readonly finishedAt: string;
}): string | undefined {
	const submitted = "submitted_at" in record ? record.submitted_at : null;
	return [submitted, finishedAt]
		.map((time) => new Date(time ?? Number.NaN))
		.find((time) => !Number.isNaN(time.getTime()))
		?.toISOString();
}

/** The lines among these bytes in which a name has one of these values, as JSON. */
function* linesNamed(
	bytes: Buffer,
	name: LineName,
	texts: ReadonlySet<string>,
): Generator<LedgerLine> {
	// Inside a text the quotes would be escaped.
	const label = Buffer.from(`"${name}":`);
	for (let at = bytes.indexOf(label); at >= 0; ) {
		const start = at + label.length;
		const text = bytes.toString("utf8", start, endOfText(bytes, start));
		at = bytes.indexOf(label, start);
		if (!texts.has(text)) continue;
		const end = bytes.indexOf("\n", start);
		const whole = bytes.subarray(
			bytes.lastIndexOf("\n", start) + 1,
			end < 0 ? bytes.length : end,
		);
		for (const line of parsed(whole)) if (isNamed(line, name, text)) yield line;
		at = end < 0 ? -1 : bytes.indexOf(label, end);
	}
}

/** Where the JSON text that begins at an offset ends. */
function endOfText(bytes: Buffer, start: number): number {
	let at = start;
	do at = bytes.indexOf('"', at + 1);
	while (at >= 0 && isEscaped(bytes, at));
	return at < 0 ? bytes.length : at + 1;
}

function isEscaped(bytes: Buffer, at: number): boolean {
	let before = at;
	while (bytes[before - 1] === 0x5c) before -= 1;
	return (at - before) % 2 === 1;
}

/** An input of the model may be called the same. */
function isNamed(line: LedgerLine, name: LineName, text: string): boolean {
	const values: Readonly<Record<string, unknown>> = {
		...line.record,
		...line,
	};
	return JSON.stringify(values[name]) === text;
}

async function appendFlushed(file: string, lines: string): Promise<void> {
	const handle = await fs.open(file, "a+", 0o600);
	let isNew: boolean;
	try {
		const { size } = await handle.stat();
		isNew = size === 0;
		// A line that a power cut left unfinished must not swallow the first of these.
		const lead = (await endsOpen(handle, size)) ? "\n" : "";
		// In one call: between several another process could write, in the middle of a line.
		await writeOnce(handle, Buffer.from(lead + lines));
		await handle.sync();
	} finally {
		await handle.close();
	}
	// The first line of a month: its file must not be lost either.
	if (isNew) await syncFolder(path.dirname(file));
}

async function writeOnce(handle: fs.FileHandle, bytes: Buffer): Promise<void> {
	const { bytesWritten } = await handle.write(bytes);
	// A full disk takes a part, and says so only when asked for the rest.
	if (bytesWritten < bytes.length)
		await handle.appendFile(bytes.subarray(bytesWritten));
}

async function endsOpen(handle: fs.FileHandle, size: number): Promise<boolean> {
	if (size === 0) return false;
	const last = Buffer.alloc(1);
	await handle.read(last, 0, 1, size - 1);
	return last[0] !== 0x0a;
}

function parsed(bytes: Buffer): LedgerLine[] {
	const line = parseLedgerLine(bytes);
	return line ? [line] : [];
}

/** One line; undefined for what is none, or was left unfinished by a power cut. */
export function parseLedgerLine(bytes: Buffer): LedgerLine | undefined {
	if (bytes.length === 0) return undefined;
	try {
		const line = JSON.parse(bytes.toString("utf8")) as LedgerLine;
		return typeof line.record?.client_ref === "string" ? line : undefined;
	} catch {
		return undefined;
	}
}
