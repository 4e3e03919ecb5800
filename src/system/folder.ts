import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { Failure, systemCode } from "../errors.ts";
import { syncFolder } from "./atomic-file.ts";
import { diskFailure } from "./disk-failure.ts";

/**
 * Makes a folder for images, and those above it.
 * @throws {Failure} `disk`
 */
export async function makeFolder(folder: string): Promise<void> {
	await makeMissing(folder, 0o777).catch((error) => {
		throw diskFailure(error.path ?? folder, error);
	});
}

/**
 * Makes a folder that only its owner can enter, with those above it; one that exists stays as it is.
 * @throws a system error
 */
export function makePrivateFolder(folder: string): Promise<void> {
	return makeMissing(folder, 0o700);
}

/** Step by step from the nearest that exists, because Node 20's recursive mkdir never returns on a path below /proc. */
async function makeMissing(folder: string, mode: number): Promise<void> {
	const { missing } = await nearestFolder(folder);
	for (const step of missing) {
		await fs.mkdir(step, { mode }).catch((error) => {
			if (systemCode(error) !== "EEXIST") throw error;
		});
		await syncFolder(path.dirname(step));
	}
}

/**
 * Whether files can be made in a folder, or where it does not exist yet in the nearest above it: by making one, as
 * permission bits say nothing of read-only systems, quotas, or /proc. Leaves nothing.
 * @param hint what to do where they cannot
 * @throws {Failure} `usage` with the reason: asked before there is anything to lose
 */
export async function checkWritable(
	folder: string,
	hint = "name another place with -o",
): Promise<void> {
	let at = folder;
	try {
		at = (await nearestFolder(folder)).existing;
		const stat = await fs.stat(at);
		if (!stat.isDirectory())
			throw Object.assign(new Error(), { code: "ENOTDIR" });
		const probe = path.join(
			at,
			`.flux-ultra-probe-${randomBytes(9).toString("base64url")}`,
		);
		await (await fs.open(probe, "wx")).close();
		await fs.unlink(probe);
	} catch (cause) {
		throw new Failure("usage", diskFailure(at, cause).message, { hint, cause });
	}
}

/** The nearest above a folder that exists, or itself, and what is missing below that. */
export async function nearestFolder(
	folder: string,
): Promise<{ existing: string; missing: readonly string[] }> {
	const missing: string[] = [];
	for (let at = folder; ; at = path.dirname(at)) {
		const exists = await fs.stat(at).then(
			() => true,
			(error) => {
				if (systemCode(error) !== "ENOENT") throw error;
				return false;
			},
		);
		if (exists || at === path.dirname(at)) return { existing: at, missing };
		missing.unshift(at);
	}
}

/** False for what cannot be looked at too, as a name that no file could have. */
export async function isFolder(place: string): Promise<boolean> {
	return (await lookAt(place))?.isDirectory() === true;
}

export async function isFile(place: string): Promise<boolean> {
	return (await lookAt(place))?.isFile() === true;
}

/** Behind a link; undefined where nothing can be seen. */
export function lookAt(place: string): Promise<Stats | undefined> {
	return fs.stat(place).catch(() => undefined);
}
