import fs from "node:fs/promises";
import path from "node:path";
import { Failure, systemCode } from "../errors.ts";
import { diskFailure } from "./disk-failure.ts";
import { syncFolder } from "./flushed.ts";

/**
 * Gives a finished file its name, without ever replacing one that appeared meanwhile (unless `force`).
 * Both paths are in the same folder.
 * @throws {Failure} `disk`
 */
export async function place(
	draft: string,
	target: string,
	force: boolean,
): Promise<void> {
	try {
		if (force) await fs.rename(draft, target);
		else await renameIfFree(draft, target);
	} catch (error) {
		if (systemCode(error) !== "EEXIST") throw diskFailure(target, error);
		throw new Failure("disk", `${target} appeared while the image was made`, {
			hint: "move that file away, then the same command or resume brings the image",
			retryable: true,
			cause: error,
		});
	}
	await syncFolder(path.dirname(target));
}

/** A hard link fails where the name is taken, which a rename does not. */
async function renameIfFree(draft: string, target: string): Promise<void> {
	try {
		await fs.link(draft, target);
	} catch (error) {
		if (!hasNoLinks(error)) throw error;
		// FAT and some network file systems: take the name with an empty file, then replace that.
		await (await fs.open(target, "wx")).close();
		await fs.rename(draft, target);
		return;
	}
	await fs.unlink(draft);
}

function hasNoLinks(error: unknown): boolean {
	const code = systemCode(error) ?? "";
	return ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(code);
}
