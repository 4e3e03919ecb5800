import { createReadStream } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { systemCode } from "../errors.ts";
import { type ImageRecord, imageRef } from "../record.ts";
import { syncFolder } from "../system/atomic-file.ts";
import { diskFailure } from "../system/disk-failure.ts";
import { makePrivateFolder } from "../system/folder.ts";

/** One line of the ledger: a record of an image that is done with, and what the record leaves out. */
export interface LedgerLine {
	readonly record: Extract<ImageRecord, { status: "saved" | "failed" }>;
	/** Name of the image's wish (see `imageKey`), and of the command's images together. */
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

/** What was run from here: one JSON line an image, a file a month, only ever appended to. */
export interface Ledger {
	/** On disk, flushed, before it resolves. @throws {Failure} `disk` */
	append(line: LedgerLine): Promise<void>;
	/** The lines of the last two months, oldest first, one an image. */
	readRecent(): Promise<readonly LedgerLine[]>;
	/** Every line, oldest first, one at a time: memory does not grow with the ledger. A later line of the same image counts. */
	lines(): AsyncGenerator<LedgerLine>;
	/** The last saved image of each of these names (see `imageKey`); no other line is parsed. */
	findSaved(keys: ReadonlySet<string>): Promise<Map<string, LedgerLine>>;
}

export function openLedger(folder: string): Ledger {
	async function files(): Promise<string[]> {
		const names = await fs.readdir(folder).catch((error) => {
			if (systemCode(error) === "ENOENT") return [];
			throw error;
		});
		return names
			.filter((name) => /^\d{4}-\d\d\.jsonl$/.test(name))
			.sort()
			.reverse();
	}

	async function read(name: string): Promise<LedgerLine[]> {
		const text = await fs.readFile(path.join(folder, name), "utf8");
		return onePerImage(text.split("\n").flatMap(parseLine));
	}

	async function* texts(): AsyncGenerator<string> {
		for (const name of (await files()).reverse()) {
			const input = createReadStream(path.join(folder, name), "utf8");
			yield* createInterface({ input });
		}
	}

	return {
		async append(line) {
			const file = path.join(folder, `${line.finishedAt.slice(0, 7)}.jsonl`);
			try {
				await makePrivateFolder(folder);
				await appendFlushed(file, JSON.stringify(line));
			} catch (error) {
				throw diskFailure(file, error);
			}
		},
		async readRecent() {
			const recent = (await files()).slice(0, 2).reverse();
			return (await Promise.all(recent.map(read))).flat();
		},
		async *lines() {
			for await (const text of texts()) yield* parseLine(text);
		},
		async findSaved(keys) {
			const found = new Map<string, LedgerLine>();
			if (keys.size === 0) return found;
			for await (const text of texts()) {
				const mayBe = [...text.matchAll(keyPattern)].some(([, key]) =>
					keys.has(key ?? ""),
				);
				const line = mayBe ? parseLedgerLine(text) : undefined;
				if (line?.record.status === "saved" && keys.has(line.key))
					found.set(line.key, line);
			}
			return found;
		},
	};
}

/** Inside a JSON string its quotes would be escaped. */
const keyPattern = /"key":"([^"]*)"/g;

async function appendFlushed(file: string, line: string): Promise<void> {
	const handle = await fs.open(file, "a+", 0o600);
	const isNew = (await handle.stat()).size === 0;
	try {
		// A line that a power cut left unfinished must not swallow this one.
		const lead = (await endsOpen(handle)) ? "\n" : "";
		await handle.appendFile(`${lead}${line}\n`);
		await handle.sync();
	} finally {
		await handle.close();
	}
	// The first line of a month: its file must not be lost either.
	if (isNew) await syncFolder(path.dirname(file));
}

async function endsOpen(handle: fs.FileHandle): Promise<boolean> {
	const { size } = await handle.stat();
	if (size === 0) return false;
	const last = Buffer.alloc(1);
	await handle.read(last, 0, 1, size - 1);
	return last[0] !== 0x0a;
}

function parseLine(text: string): LedgerLine[] {
	const line = parseLedgerLine(text);
	return line ? [line] : [];
}

/** One line; undefined for what is none, or was left unfinished by a power cut. */
export function parseLedgerLine(text: string): LedgerLine | undefined {
	if (text === "") return undefined;
	try {
		const line = JSON.parse(text) as LedgerLine;
		return typeof line.record?.client_ref === "string" ? line : undefined;
	} catch {
		return undefined;
	}
}

/** A process that was killed after its line and before its job was closed leaves a second one: the later counts. */
function onePerImage(lines: readonly LedgerLine[]): LedgerLine[] {
	const byRef = new Map<string, LedgerLine>();
	for (const line of lines) byRef.set(imageRef(line.record), line);
	return [...byRef.values()];
}
