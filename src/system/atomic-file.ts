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
		const handle = await fs.open(draft, "wx", 0o600);
		try {
			await handle.writeFile(content);
			if (isDurable) await handle.sync();
		} finally {
			await handle.close();
		}
		await fs.rename(draft, file);
	} catch (error) {
		await fs.rm(draft, { force: true });
		throw error;
	}
	if (isDurable) await syncFolder(path.dirname(file));
}

/** Makes a rename or a new name in the folder last; where folders can't be flushed (Windows), the system sees to it. */
export async function syncFolder(folder: string): Promise<void> {
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
