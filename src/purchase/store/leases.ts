import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { systemCode } from "../../errors.ts";
import { forEachAtOnce } from "../../system/at-once.ts";
import { syncFolder, writeFileAtomic } from "../../system/atomic-file.ts";
import { makePrivateFolder } from "../../system/folder.ts";
import {
	type Holder,
	holderName,
	holderOf,
	staleAfterMs,
} from "../../system/holder.ts";

/**
 * Small files of which each belongs to one process at a time, and which outlive it: a lease is the
 * folder `<key>/` with one file in it, whose name says who holds it.
 *
 * - Created by renaming a finished folder into place, which fails where the key exists: two
 *   processes that start at once cannot both create, and nobody sees a half-written file.
 * - Taken over by renaming the file from the dead holder's name to one's own: only one of several
 *   can win, because the dead holder's name never comes back.
 *
 * A lock library would do for the exclusion alone, but those of the registry that need no native
 * code tell a dead holder only by an old time stamp: after `kill -9` the same command would have
 * to wait. Here the process is looked up, and the content changes hands with the lock.
 */
export interface Leases {
	/** Creates the lease, or takes it over from a holder that is gone; `busy` where somebody alive holds it. */
	acquire(key: string, content: () => string): Promise<Acquired>;
	/** Takes over what exists; undefined where nothing does. */
	takeOver(key: string): Promise<Acquired | undefined>;
	/** All keys with their contents, whoever holds them. */
	list(): Promise<readonly Listed[]>;
	/** Ends the heartbeat; files stay as they are. */
	close(): void;
}

export type Acquired =
	| { readonly state: "created" | "taken"; readonly lease: Lease }
	| {
			readonly state: "busy";
			readonly holder: Holder;
			/** What the holder wrote last. */
			readonly content: string;
	  };

export interface Listed {
	readonly key: string;
	readonly content: string;
	readonly holder: Holder;
}

/** A lease of this process. */
export interface Lease {
	readonly key: string;
	/** As it was when acquired or last written. */
	readonly content: string;
	/** Replaces the content at once and flushed. @throws where the lease was lost or the disk is full */
	write(content: string): Promise<void>;
	/** Leaves content and key for whoever comes next. */
	release(): Promise<void>;
	/** Takes the key away. */
	remove(): Promise<void>;
}

const heartbeatMs = 10_000;

/** @param isDurable false: leases need not outlive a power cut, and cost no flush */
export function openLeases(folder: string, { isDurable = true } = {}): Leases {
	const held = new Set<string>();
	const heartbeat = setInterval(() => {
		const now = new Date();
		for (const file of held) fs.utimes(file, now, now).catch(() => {});
	}, heartbeatMs);
	heartbeat.unref();

	function own(key: string, file: string, initial: string): Lease {
		let content = initial;
		let current = file;
		held.add(current);
		const at = path.join(folder, key);
		return {
			key,
			get content() {
				return content;
			},
			async write(next) {
				// Taken over by somebody who thought us dead: what they do now is theirs to write.
				await fs.access(current);
				await writeFileAtomic(current, next, { isDurable });
				content = next;
			},
			async release() {
				held.delete(current);
				const free = path.join(at, freeName());
				await fs.rename(current, free).catch(ignoreMissing);
				current = free;
			},
			async remove() {
				held.delete(current);
				await fs.unlink(current).catch(ignoreMissing);
				await removeIfEmpty(at);
				if (isDurable) await syncFolder(folder);
			},
		};
	}

	async function create(key: string, content: string, isLastTry: boolean) {
		const draft = path.join(folder, `.${key}.${randomName()}`);
		const name = `${holderName()}.json`;
		await fs.mkdir(draft, { mode: 0o700 });
		try {
			await writeFileAtomic(path.join(draft, name), content, { isDurable });
			await fs.rename(draft, path.join(folder, key));
		} catch (error) {
			await fs.rm(draft, { recursive: true, force: true });
			if (isTaken(error) && !isLastTry) return undefined;
			throw error;
		}
		if (isDurable) await syncFolder(folder);
		return own(key, path.join(folder, key, name), content);
	}

	async function takeOver(key: string): Promise<Acquired | undefined> {
		for (;;) {
			const found = await findFile(folder, key);
			if (found === undefined) return undefined;
			const holder = await holderOf(found);
			if (holder.alive) {
				const content = await fs.readFile(found, "utf8").catch(() => undefined);
				if (content === undefined) continue;
				return { state: "busy", holder, content };
			}
			const mine = path.join(folder, key, `${holderName()}.json`);
			try {
				// Alive before it is ours: with the old time under our name, the next one would take us for dead.
				const now = new Date();
				await fs.utimes(found, now, now);
				await fs.rename(found, mine);
				const content = await fs.readFile(mine, "utf8");
				return { state: "taken", lease: own(key, mine, content) };
			} catch (error) {
				// Somebody else was quicker: look again who holds it now.
				ignoreMissing(error);
			}
		}
	}

	return {
		takeOver,
		async acquire(key, content) {
			await makePrivateFolder(folder);
			for (let tries = 0; ; tries += 1) {
				const existing = await takeOver(key);
				if (existing) return existing;
				await removeIfEmpty(path.join(folder, key));
				const lease = await create(key, content(), tries >= 20);
				if (lease) return { state: "created", lease };
			}
		},
		async list() {
			const names = await fs.readdir(folder).catch(emptyIfMissing);
			await removeOldDrafts(folder, names);
			const keys = names.filter((name) => !name.startsWith("."));
			const listed: Listed[] = [];
			await forEachAtOnce(keys, openAtOnce, async (key) => {
				const entry = await readListed(folder, key);
				if (entry) listed.push(entry);
			});
			return listed;
		},
		close() {
			clearInterval(heartbeat);
		},
	};
}

/** Far below the limit of open files of any system. */
const openAtOnce = 32;

async function readListed(
	folder: string,
	key: string,
): Promise<Listed | undefined> {
	for (;;) {
		const file = await findFile(folder, key).catch((error) =>
			// A file of somebody else's (Thumbs.db), or a folder that may not be looked into.
			systemCode(error) === "ENOTDIR" ? undefined : path.join(folder, key),
		);
		if (file === undefined) return undefined;
		const content = await fs.readFile(file, "utf8").catch((error) =>
			// What is there and cannot be read is told as such: it may stand for money.
			systemCode(error) === "ENOENT" ? undefined : "",
		);
		// Gone between two looks: it changed hands and has another name now, or its key goes.
		if (content === undefined) continue;
		return { key, content, holder: await holderOf(file) };
	}
}

/** What processes left that were killed while they made a lease: nothing was done under it yet. */
async function removeOldDrafts(
	folder: string,
	names: readonly string[],
): Promise<void> {
	for (const name of names.filter((name) => name.startsWith("."))) {
		const draft = path.join(folder, name);
		const stat = await fs.stat(draft).catch(() => undefined);
		if (stat && Date.now() - stat.mtimeMs > staleAfterMs)
			await fs.rm(draft, { recursive: true, force: true });
	}
}

async function findFile(
	folder: string,
	key: string,
): Promise<string | undefined> {
	const names = await fs.readdir(path.join(folder, key)).catch(emptyIfMissing);
	const name = names.find((candidate) => candidate.endsWith(".json"));
	return name && path.join(folder, key, name);
}

function freeName(): string {
	return `free-0-0-${randomName()}.json`;
}

function randomName(): string {
	return randomBytes(6).toString("hex");
}

async function removeIfEmpty(folder: string): Promise<void> {
	const names = await fs.readdir(folder).catch(emptyIfMissing);
	// What a killed process left of a replacement that it had not finished.
	const leftovers = names.filter((name) => name.endsWith(".tmp"));
	if (leftovers.length < names.length) return;
	for (const name of leftovers)
		await fs.unlink(path.join(folder, name)).catch(ignoreMissing);
	await fs.rmdir(folder).catch(() => {});
}

/** Renaming a folder onto one that is not empty: POSIX says so in two ways, Windows in a third. */
function isTaken(error: unknown): boolean {
	const code = systemCode(error);
	return code === "ENOTEMPTY" || code === "EEXIST" || code === "EPERM";
}

function ignoreMissing(error: unknown): void {
	if (systemCode(error) !== "ENOENT") throw error;
}

function emptyIfMissing(error: unknown): string[] {
	ignoreMissing(error);
	return [];
}
