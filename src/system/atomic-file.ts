import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";

/**
 * Writes or replaces a file that is there whole or not at all, for its owner alone: temporary file, flush, rename, flush
 * of the folder.
 * @param isDurable false: a power cut may take it
 * @throws a system error; then nothing has changed
 */
export async function writeFileAtomic(
	file: string,
	content: string,
	{ isDurable = true } = {},
): Promise<void> {
	const draft = `${file}.${randomBytes(4).toString("hex")}.tmp`;
	try {
		await writeNewFile(draft, content, { isDurable });
		await fs.rename(draft, file);
	} catch (error) {
		await fs.rm(draft, { force: true });
		throw error;
	}
	if (isDurable) await syncFolder(path.dirname(file));
}

/**
 * Writes a file that is not there yet, for its owner alone.
 * @param isDurable false: a power cut may take what is in it
 */
export async function writeNewFile(
	file: string,
	content: string,
	{ isDurable }: { readonly isDurable: boolean },
): Promise<void> {
	const handle = await fs.open(file, "wx", 0o600);
	try {
		await handle.writeFile(content);
		if (isDurable) await handle.sync();
	} finally {
		await handle.close();
	}
}

/** Flushes that are under way, and those that begin after them, by folder. */
const flushing = new Map<string, Promise<void>>();
const waiting = new Map<string, Promise<void>>();

/**
 * Makes a rename or a new name in the folder last. Many who ask while one flush is under way share the next one. Where
 * folders can't be flushed (Windows), the system sees to it.
 */
export function syncFolder(folder: string): Promise<void> {
	const next = waiting.get(folder);
	if (next) return next;
	const flush = async () => {
		await flushing.get(folder);
		waiting.delete(folder);
		const mine = flushFolder(folder);
		flushing.set(folder, mine);
		await mine;
		if (flushing.get(folder) === mine) flushing.delete(folder);
	};
	const mine = flush();
	waiting.set(folder, mine);
	return mine;
}

async function flushFolder(folder: string): Promise<void> {
	try {
		const handle = await fs.open(folder, "r");
		try {
			await handle.sync();
		} finally {
			await handle.close();
		}
	} catch {
		// EPERM or EISDIR on Windows, EINVAL on some network file systems.
	}
}
