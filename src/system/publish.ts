import fs from "node:fs/promises";
import path from "node:path";
import { Failure, systemCode } from "../errors.ts";
import { syncFolder } from "./atomic-file.ts";
import { deadDiskCodes, diskFailure } from "./disk-failure.ts";

export interface PublishOptions {
	/** Replaces what has the name. */
	readonly force: boolean;
	/** Called before an empty file takes the name, where the file system knows no hard links: what is found there after a kill is ours. */
	readonly onReserve?: (() => Promise<void>) | undefined;
}

/**
 * Gives a finished file its name, in the same folder, without ever replacing one that appeared meanwhile (unless `force`).
 * @throws {Failure} `disk`
 */
export async function publish(
	draft: string,
	target: string,
	{ force, onReserve }: PublishOptions,
): Promise<void> {
	try {
		if (force) await fs.rename(draft, target);
		else await renameIfFree(draft, target, onReserve);
	} catch (error) {
		if (error instanceof Failure) throw error;
		if (systemCode(error) !== "EEXIST") throw diskFailure(target, error);
		throw new Failure(
			"disk",
			`${target} appeared or was changed while the image was made`,
			{
				hint: "move that file away, then the same command or resume brings the image",
				retryable: true,
				cause: error,
			},
		);
	}
	await syncFolder(path.dirname(target));
}

/** A hard link fails where the name is taken, which a rename does not. */
async function renameIfFree(
	draft: string,
	target: string,
	onReserve: PublishOptions["onReserve"],
): Promise<void> {
	try {
		await fs.link(draft, target);
	} catch (error) {
		if (noOtherWay.includes(systemCode(error) ?? "")) throw error;
		// FAT, some network file systems, sandboxes: take the name with an empty file, then replace that.
		await onReserve?.();
		await (await fs.open(target, "wx")).close();
		await fs.rename(draft, target);
		return;
	}
	await fs.unlink(draft);
}

/** What no other way of naming would help against. Everything else says that there are no hard links here, each system in its own words. */
const noOtherWay = ["EEXIST", "ENOENT", ...deadDiskCodes];
