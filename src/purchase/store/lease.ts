import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { systemCode } from "../../errors.ts";
import { syncFolder, writeFileAtomic } from "../../system/atomic-file.ts";

/** What the leases of one folder share. */
export interface LeaseOptions {
	/** False: leases need not outlive a power cut, and cost no flush. */
	readonly isDurable: boolean;
	/** Files whose heartbeat goes on. */
	readonly beating: Set<string>;
}

/** A small file in the hands of this process: `<folder>/<key>/<holder>.json`. */
export class Lease {
	readonly key: string;
	readonly #options: LeaseOptions;
	#file: string;
	#content: string;
	/** Whether a power cut leaves the folder of the key where it is. */
	#isLasting = false;

	constructor(file: string, content: string, options: LeaseOptions) {
		this.key = path.basename(path.dirname(file));
		this.#options = options;
		this.#file = file;
		this.#content = content;
		options.beating.add(file);
	}

	/** As it was when acquired or last written. */
	get content(): string {
		return this.#content;
	}

	/** Replaces the content at once, flushed with all of its path. @throws where the lease was lost or the disk is full */
	async write(content: string): Promise<void> {
		// Taken over by somebody who thought us dead: what they do now is theirs to write.
		await fs.access(this.#file);
		const { isDurable } = this.#options;
		await writeFileAtomic(this.#file, content, { isDurable });
		if (isDurable && !this.#isLasting) {
			await syncFolder(path.dirname(path.dirname(this.#file)));
			this.#isLasting = true;
		}
		this.#content = content;
	}

	/** Leaves content and key for whoever comes next. */
	async release(): Promise<void> {
		this.#options.beating.delete(this.#file);
		const free = path.join(path.dirname(this.#file), freeName());
		await fs.rename(this.#file, free).catch(ignoreMissing);
		this.#file = free;
	}

	/** Takes the key away. A power cut may bring it back as it was, which whoever wrote it has to bear. */
	async remove(): Promise<void> {
		this.#options.beating.delete(this.#file);
		await fs.unlink(this.#file).catch(ignoreMissing);
		await removeIfEmpty(path.dirname(this.#file));
	}
}

/** Of a holder that there never was. */
function freeName(): string {
	return `free-0-0-${randomName()}.json`;
}

function randomName(): string {
	return randomBytes(6).toString("hex");
}

/** Takes the folder of a key away that no holder has. */
export async function removeIfEmpty(folder: string): Promise<void> {
	const isGone = await fs.rmdir(folder).then(
		() => true,
		() => false,
	);
	if (isGone) return;
	if (await hasHolder(folder)) return;
	await removeDrafts(folder);
	await fs.rmdir(folder).catch(() => {});
}

async function hasHolder(folder: string): Promise<boolean> {
	const names = await fs.readdir(folder).catch(emptyIfMissing);
	return names.some((name) => !isDraft(name));
}

/** Takes away what killed processes left in the folder of a key, of replacements that they had not finished. */
export async function removeDrafts(folder: string): Promise<void> {
	const names = await fs.readdir(folder).catch(emptyIfMissing);
	for (const name of names.filter(isDraft))
		await fs.unlink(path.join(folder, name)).catch(ignoreMissing);
}

function isDraft(name: string): boolean {
	return name.endsWith(".tmp");
}

export function ignoreMissing(error: unknown): void {
	if (systemCode(error) !== "ENOENT") throw error;
}

export function emptyIfMissing(error: unknown): string[] {
	ignoreMissing(error);
	return [];
}
