import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { writeFileAtomic } from "../system/atomic-file.ts";
import { onDisk } from "../system/disk-failure.ts";
import { makePrivateFolder } from "../system/folder.ts";

/** An asset of the account. */
export interface CachedAsset {
	readonly assetId: string;
	/** Until when it may be used, in milliseconds since 1970. */
	readonly goodUntilMs: number;
}

/**
 * Which content is which asset: for this process, and on disk for those after it, a small file each.
 * @param folder made where it is missing
 * @param owner whose assets these are: nobody else finds them
 */
export function openAssetCache(
	folder: string,
	owner: readonly string[],
	now: () => number,
) {
	const held = new Map<string, CachedAsset>();
	const fileOf = (sha256: string) => {
		const key = JSON.stringify([...owner, sha256]);
		const name = createHash("sha256").update(key).digest("hex");
		return path.join(folder, `${name}.json`);
	};

	return {
		/** What is kept of a content, be it too old or not. */
		get: async (sha256: string) => held.get(sha256) ?? read(fileOf(sha256)),
		/** The last one counts. @throws {Failure} `disk`; this process has it all the same */
		async set(sha256: string, asset: CachedAsset) {
			held.set(sha256, asset);
			const file = fileOf(sha256);
			await onDisk(file, async () => {
				await makePrivateFolder(folder);
				await removeExpired(folder, now());
				await writeFileAtomic(file, JSON.stringify({ version: 1, ...asset }));
			});
		},
		/** Drops this asset; another one of the same content stays. */
		async remove(sha256: string, assetId: string) {
			if (held.get(sha256)?.assetId === assetId) held.delete(sha256);
			const file = fileOf(sha256);
			if ((await read(file))?.assetId === assetId)
				await fs.rm(file, { force: true }).catch(() => {});
		},
	};
}

/** Undefined for what is not there, and for what cannot be read: then the image is uploaded once more. */
async function read(file: string): Promise<CachedAsset | undefined> {
	try {
		const { assetId, goodUntilMs } = JSON.parse(
			await fs.readFile(file, "utf8"),
		);
		const isKnown = typeof assetId === "string" && goodUntilMs > 0;
		return isKnown ? { assetId, goodUntilMs } : undefined;
	} catch {
		return undefined;
	}
}

/** Else every picture that was ever an input would leave a file for good. */
async function removeExpired(folder: string, nowMs: number): Promise<void> {
	const names = await fs.readdir(folder);
	for (const name of names.filter((one) => one.endsWith(".json"))) {
		const file = path.join(folder, name);
		const asset = await read(file);
		if (asset && asset.goodUntilMs < nowMs) await fs.rm(file, { force: true });
	}
}
