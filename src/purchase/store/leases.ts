import fs from "node:fs/promises";
import path from "node:path";
import { systemCode } from "../../errors.ts";
import { forEachAtOnce } from "../../system/at-once.ts";
import { writeFileAtomic, writeNewFile } from "../../system/atomic-file.ts";
import { makePrivateFolder } from "../../system/folder.ts";
import {
	type Holder,
	holderName,
	holderOf,
	isOrphan,
} from "../../system/holder.ts";
import { sweepOrphans } from "../../system/sweep.ts";
import {
	emptyIfMissing,
	ignoreMissing,
	Lease,
	type LeaseOptions,
	lastLine,
	removeDrafts,
	removeIfEmpty,
} from "./lease.ts";

export type Acquired =
	| { readonly state: "created" | "taken"; readonly lease: Lease }
	| {
			readonly state: "busy";
			readonly holder: Holder;
			/** What the holder wrote last. */
			readonly content: string;
	  };

interface Listed {
	readonly key: string;
	readonly content: string;
	readonly holder: Holder;
}

const heartbeatMs = 10_000;

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
export class Leases {
	readonly #folder: string;
	readonly #options: LeaseOptions;
	readonly #heartbeat: NodeJS.Timeout;

	/** @param isDurable false: leases need not outlive a power cut, and cost no flush */
	constructor(folder: string, { isDurable = true } = {}) {
		this.#folder = folder;
		const beating = new Set<string>();
		this.#options = { isDurable, beating };
		this.#heartbeat = setInterval(() => {
			const now = new Date();
			for (const file of beating) fs.utimes(file, now, now).catch(() => {});
		}, heartbeatMs);
		this.#heartbeat.unref();
	}

	/** Creates the lease, or takes it over from a holder that is gone; `busy` where somebody alive holds it. */
	async acquire(key: string, content: () => string): Promise<Acquired> {
		for (let tries = 0; ; tries += 1) {
			const existing = await this.takeOver(key);
			if (existing) return existing;
			const lease = await this.#create(key, content(), tries >= 20);
			if (lease) return { state: "created", lease };
			await removeIfEmpty(path.join(this.#folder, key));
		}
	}

	/** Takes over what exists; undefined where nothing does. */
	async takeOver(key: string): Promise<Acquired | undefined> {
		for (;;) {
			const found = await findFile(this.#folder, key);
			if (found === undefined) return undefined;
			const holder = await holderOf(found);
			if (holder.alive) {
				const text = await fs.readFile(found, "utf8").catch(ignoreMissing);
				if (text === undefined) continue;
				return { state: "busy", holder, content: lastLine(text) };
			}
			const mine = path.join(this.#folder, key, `${holderName()}.json`);
			try {
				// Alive before it is ours: with the old time under our name, the next one would take us for dead.
				const now = new Date();
				await fs.utimes(found, now, now);
				await fs.rename(found, mine);
				// While the key is held: who is killed once the key is gone leaves nothing to find them by.
				await removeDrafts(path.dirname(mine));
				const text = await fs.readFile(mine, "utf8");
				// Released, or its process can be asked and is gone: else it may have been stopped within a write.
				const isOver = holder.pid === 0 || isOrphan(path.basename(found));
				// What it still writes to the file that it had opened is nobody's then.
				if (!isOver) await writeFileAtomic(mine, text, this.#options);
				return {
					state: "taken",
					lease: new Lease(mine, text, this.#options),
				};
			} catch (error) {
				// Somebody else was quicker: look again who holds it now.
				ignoreMissing(error);
			}
		}
	}

	/** What exists of a key, left to whoever holds it; undefined where nothing does. */
	find(key: string): Promise<Listed | undefined> {
		return readListed(this.#folder, key);
	}

	/** All keys with their contents, whoever holds them. */
	async list(): Promise<readonly Listed[]> {
		const folder = this.#folder;
		const names = await fs.readdir(folder).catch(emptyIfMissing);
		await sweepOrphans(folder, (name) => /^\.[^.]+\.(.+)$/.exec(name)?.[1]);
		const keys = names.filter((name) => !name.startsWith("."));
		const listed: Listed[] = [];
		await forEachAtOnce(keys, openAtOnce, async (key) => {
			const entry = await readListed(folder, key);
			if (entry) listed.push(entry);
		});
		return listed;
	}

	/** Ends the heartbeat; files stay as they are. */
	close(): void {
		clearInterval(this.#heartbeat);
	}

	/** There whole or not at all, though a power cut may take it until it is written again. Undefined where somebody has the key meanwhile. */
	async #create(
		key: string,
		content: string,
		isLastTry: boolean,
	): Promise<Lease | undefined> {
		const holder = holderName();
		const draft = path.join(this.#folder, `.${key}.${holder}`);
		const name = `${holder}.json`;
		const text = `${content}\n`;
		await this.#makeFolder(draft);
		try {
			// Flushed, so that what a power cut leaves of it is whole.
			await writeNewFile(path.join(draft, name), text, this.#options);
			await fs.rename(draft, path.join(this.#folder, key));
		} catch (error) {
			await fs.rm(draft, { recursive: true, force: true });
			if (isTaken(error) && !isLastTry) return undefined;
			throw error;
		}
		const file = path.join(this.#folder, key, name);
		return new Lease(file, text, this.#options);
	}

	/** In the folder of the leases, which is made when the first one is. */
	async #makeFolder(folder: string): Promise<void> {
		const make = () => fs.mkdir(folder, { mode: 0o700 });
		await make().catch(async (error) => {
			ignoreMissing(error);
			await makePrivateFolder(this.#folder);
			await make();
		});
	}
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
		const text = await fs.readFile(file, "utf8").catch((error) =>
			// What is there and cannot be read is told as such: it may stand for money.
			systemCode(error) === "ENOENT" ? undefined : "",
		);
		// Gone between two looks: it changed hands and has another name now, or its key goes.
		if (text === undefined) continue;
		return { key, content: lastLine(text), holder: await holderOf(file) };
	}
}

async function findFile(
	folder: string,
	key: string,
): Promise<string | undefined> {
	const names = await fs.readdir(path.join(folder, key)).catch(emptyIfMissing);
	// Hidden ones are what editors and other systems keep beside a file: `.#<name>`, a link to nowhere, or `._<name>`.
	const name = names.find((one) => /^[^.].*\.json$/.test(one));
	return name && path.join(folder, key, name);
}

/** Renaming a folder onto one that is not empty: POSIX says so in two ways, Windows in a third. */
function isTaken(error: unknown): boolean {
	const code = systemCode(error);
	return code === "ENOTEMPTY" || code === "EEXIST" || code === "EPERM";
}
