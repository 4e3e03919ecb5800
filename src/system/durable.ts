import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { systemCode } from "../errors.ts";

/** Writes a file that is there whole or not at all, also after a power cut: temporary file, flush, rename, flush of the folder. Mode 0600. @param isDurable false: whole or not at all, but perhaps not there after a power cut */
export async function writeFlushed(
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

/**
 * Makes a folder that only its owner can enter, with those above it, and makes that last. Step by step, because Node
 * 20's recursive mkdir never returns on a path below /proc.
 */
export async function makeDurableFolder(folder: string): Promise<void> {
	if (await isMadeOrThere(folder)) return;
	await makeDurableFolder(path.dirname(folder));
	if (!(await isMadeOrThere(folder)))
		throw Object.assign(new Error(`no folder can be made: ${folder}`), {
			code: "ENOENT",
		});
}

/** False where the folder above is missing. */
async function isMadeOrThere(folder: string): Promise<boolean> {
	try {
		await fs.mkdir(folder, { mode: 0o700 });
	} catch (error) {
		const code = systemCode(error);
		if (code === "EEXIST") return true;
		const isTop = path.dirname(folder) === folder;
		if (code === "ENOENT" && !isTop) return false;
		throw error;
	}
	await syncFolder(path.dirname(folder));
	return true;
}
