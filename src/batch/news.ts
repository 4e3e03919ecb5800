import fs from "node:fs/promises";
import path from "node:path";
import type { LedgerLine } from "../jobs/ledger.ts";

/** What the ledger says since a batch began to look: the same batch may run beside this one. */
export interface News {
	/** The image of a wish that another process brought meanwhile. */
	broughtSince(key: string): Promise<LedgerLine | undefined>;
}

/** Where a line stands: a batch of ten thousand need not hold as many lines to answer for one. */
interface Place {
	readonly name: string;
	readonly from: number;
	readonly to: number;
}

/**
 * Follows the ledger from where it ends now. Each line is read once, as it comes, so that ten thousand
 * questions cost no more than one reading.
 * @param folder of the ledger
 */
export async function followLedger(folder: string): Promise<News> {
	const readTo = new Map<string, number>();
	const brought = new Map<string, Place>();
	for (const { name, sizeBytes } of await sizes(folder))
		readTo.set(name, sizeBytes);
	let reading: Promise<void> = Promise.resolve();

	async function readOn(): Promise<void> {
		for (const { name, sizeBytes } of await sizes(folder)) {
			const from = readTo.get(name) ?? 0;
			if (sizeBytes <= from) continue;
			const bytes = await readRange(path.join(folder, name), from, sizeBytes);
			// The end of a line that is being written comes with the next reading.
			for (let at = 0; ; ) {
				const end = bytes.indexOf(0x0a, at);
				if (end < 0) break;
				const key = keyOfSaved(bytes.subarray(at, end));
				if (key) brought.set(key, { name, from: from + at, to: from + end });
				at = end + 1;
				readTo.set(name, from + at);
			}
		}
	}

	return {
		async broughtSince(key) {
			// One after the other: two readings at once would take a line twice, or leave it out.
			reading = reading.then(readOn);
			await reading;
			const place = brought.get(key);
			if (place === undefined) return undefined;
			const { name, from, to } = place;
			return parseLine(await readRange(path.join(folder, name), from, to));
		},
	};
}

function keyOfSaved(bytes: Buffer): string | undefined {
	const line = parseLine(bytes);
	return line?.record?.status === "saved" && line.path !== null
		? line.key
		: undefined;
}

/** Undefined for what is empty, or was left unfinished by a power cut. */
function parseLine(bytes: Buffer): LedgerLine | undefined {
	try {
		return JSON.parse(bytes.toString("utf8")) as LedgerLine;
	} catch {
		return undefined;
	}
}

async function sizes(folder: string) {
	const names = await fs.readdir(folder).catch(() => []);
	const found = [];
	for (const name of names.filter((name) => name.endsWith(".jsonl"))) {
		const stat = await fs.stat(path.join(folder, name)).catch(() => undefined);
		if (stat) found.push({ name, sizeBytes: stat.size });
	}
	return found;
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
