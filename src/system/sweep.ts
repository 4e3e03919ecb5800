import fs from "node:fs/promises";
import path from "node:path";
import { isOrphan } from "./holder.ts";

/**
 * Takes away files and folders that killed processes left; of those of which that is not certain the ones that are a week old.
 * @param holderIn the part of a name that says whose the file is (`holderName`); undefined for what is not of that kind. It need not be
 * a holder's name: then only the week counts
 */
export async function sweepOrphans(
	folder: string,
	holderIn: (name: string) => string | undefined,
): Promise<void> {
	for (const name of await fs.readdir(folder).catch(() => [])) {
		const holder = holderIn(name);
		if (holder === undefined) continue;
		const file = path.join(folder, name);
		if (isOrphan(holder) || (await isOld(file)))
			await fs.rm(file, { recursive: true, force: true }).catch(() => {});
	}
}

async function isOld(file: string): Promise<boolean> {
	const stat = await fs.stat(file).catch(() => undefined);
	return stat !== undefined && Date.now() - stat.mtimeMs > oldMs;
}

const oldMs = 7 * 24 * 3_600_000;
