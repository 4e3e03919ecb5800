import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { systemCode } from "../errors.ts";
import { diskFailure } from "./disk-failure.ts";

/**
 * Makes a folder and those above it. Step by step from the nearest that exists, because Node 20's
 * own recursive way never returns on a path below /proc.
 * @throws {Failure} `disk`
 */
export async function makeFolder(folder: string): Promise<void> {
	const { missing } = await nearestFolder(folder);
	for (const step of missing) {
		await fs.mkdir(step).catch((error) => {
			if (systemCode(error) !== "EEXIST") throw diskFailure(step, error);
		});
	}
}

/**
 * Whether files can be made in a folder, or where it does not exist yet in the nearest above it: by making one, as
 * permission bits say nothing of read-only systems, quotas, or /proc. Leaves nothing.
 * @throws {Failure} `disk` with the reason
 */
export async function checkWritable(folder: string): Promise<void> {
	const { existing } = await nearestFolder(folder);
	try {
		const stat = await fs.stat(existing);
		if (!stat.isDirectory())
			throw Object.assign(new Error(), { code: "ENOTDIR" });
		const probe = path.join(
			existing,
			`.flux-ultra-probe-${randomBytes(9).toString("base64url")}`,
		);
		await (await fs.open(probe, "wx")).close();
		await fs.unlink(probe);
	} catch (error) {
		throw diskFailure(existing, error);
	}
}

async function nearestFolder(
	folder: string,
): Promise<{ existing: string; missing: readonly string[] }> {
	const missing: string[] = [];
	for (let at = folder; ; at = path.dirname(at)) {
		const exists = await fs.stat(at).then(
			() => true,
			(error) => !["ENOENT"].includes(systemCode(error) ?? ""),
		);
		if (exists || at === path.dirname(at)) return { existing: at, missing };
		missing.unshift(at);
	}
}
