import fs from "node:fs/promises";
import path from "node:path";
import type { LedgerLine } from "../jobs/ledger.ts";

/** What the ledger says since a batch began to look: the same batch may run beside this one. */
export interface News {
	/** The image of a wish that another process brought meanwhile. */
	broughtSince(key: string): Promise<LedgerLine | undefined>;
}

/**
 * Follows the ledger from where it ends now. Each line is read once, as it comes, so that ten thousand
 * questions cost no more than one reading.
 * @param folder of the ledger
 */
export async function followLedger(folder: string): Promise<News> {
	const readTo = new Map<string, number>();
	const brought = new Map<string, LedgerLine>();
	for (const { name, sizeBytes } of await sizes(folder))
		readTo.set(name, sizeBytes);
	let reading: Promise<void> = Promise.resolve();

	async function readOn(): Promise<void> {
		for (const { name, sizeBytes } of await sizes(folder)) {
			const from = readTo.get(name) ?? 0;
			if (sizeBytes <= from) continue;
			const bytes = await readRange(path.join(folder, name), from, sizeBytes);
			// The end of a line that is being written comes with the next reading.
			const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
			readTo.set(name, from + whole.length);
			for (const text of whole.toString("utf8").split("\n")) take(text);
		}
	}

	function take(text: string): void {
		try {
			const line = JSON.parse(text) as LedgerLine;
			if (line.record.status === "saved" && line.path !== null)
				brought.set(line.key, line);
		} catch {
			// Empty, or left unfinished by a power cut.
		}
	}

	return {
		async broughtSince(key) {
			// One after the other: two readings at once would take a line twice, or leave it out.
			reading = reading.then(readOn);
			await reading;
			return brought.get(key);
		},
	};
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
