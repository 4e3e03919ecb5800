import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { systemCode } from "../../errors.ts";
import { syncFolder } from "../../system/atomic-file.ts";

/** What the leases of one folder share. */
export interface LeaseOptions {
	/** False: leases need not outlive a power cut, and cost no flush. */
	readonly isDurable: boolean;
	/** Files whose heartbeat goes on. */
	readonly beating: Set<string>;
}

/**
 * A small file in the hands of this process: `<folder>/<key>/<holder>.json`. Each content is a line of its own behind
 * those before it, and the last whole line counts: a file that is appended to needs one flush, a replaced one two.
 */
export class Lease {
	readonly key: string;
	readonly #options: LeaseOptions;
	#file: string;
	#content: string;
	/** Bytes up to the end of the last whole line. */
	#size: number;
	/** What the next line has before it: version 0.1.0 left its only line without an end. */
	#lead: "\n" | "";
	/** Whether the file may go on behind its whole lines. */
	#isTorn: boolean;
	/** Whether a power cut leaves the folder of the key where it is. */
	#isLasting = false;

	/** @param text what the file holds */
	constructor(file: string, text: string, options: LeaseOptions) {
		this.key = path.basename(path.dirname(file));
		this.#options = options;
		this.#file = file;
		this.#content = lastLine(text);
		const ended = text.slice(0, text.lastIndexOf("\n") + 1);
		this.#lead = ended === "" ? "\n" : "";
		this.#size = Buffer.byteLength(ended || text);
		this.#isTorn = ended !== "" && ended !== text;
		options.beating.add(file);
	}

	/** As it was when acquired or last written. */
	get content(): string {
		return this.#content;
	}

	/** Changes the content, flushed with all of its path. @throws where the lease was lost or the disk is full: then it stays */
	async write(content: string): Promise<void> {
		const { isDurable } = this.#options;
		const line = Buffer.from(`${this.#lead}${content}\n`);
		// Taken over by somebody who thought us dead: what they do now is theirs to write.
		const handle = await fs.open(this.#file, appendToExisting);
		try {
			if (this.#isTorn) await handle.truncate(this.#size);
			this.#isTorn = true;
			await handle.appendFile(line);
			if (isDurable) await handle.sync();
			// Taken over since it was opened: they may have read it before this line came.
			await fs.access(this.#file);
			this.#isTorn = false;
		} finally {
			await handle.close();
		}
		this.#size += line.length;
		this.#lead = "";
		this.#content = content;
		if (!isDurable || this.#isLasting) return;
		const folder = path.dirname(this.#file);
		await syncFolder(folder);
		await syncFolder(path.dirname(folder));
		this.#isLasting = true;
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

const appendToExisting = constants.O_WRONLY | constants.O_APPEND;

/** The content of a lease by the text of its file. A line without an end was left unfinished by a kill or a power cut: nobody counted on it. */
export function lastLine(text: string): string {
	const end = text.lastIndexOf("\n");
	if (end < 0) return text;
	return text.slice(text.lastIndexOf("\n", end - 1) + 1, end);
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

/** Takes away what killed processes of version 0.1.0 left in the folder of a key: replacements that they had not finished. */
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
