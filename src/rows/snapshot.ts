import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { Failure } from "../errors.ts";
import { systemReason } from "../system/disk-failure.ts";
import { holderName, isOrphan } from "../system/holder.ts";
import { sourceName } from "./shown.ts";
import { readFileOnce, readStream } from "./source.ts";

/** A copy of the rows that nobody else changes: what is checked is what is bought. */
export interface Snapshot {
	readonly path: string;
	/** Of the bytes, in hex. */
	readonly sha256: string;
	readonly sizeBytes: number;
	/** For messages, and for the extension; `-` for stdin. */
	readonly name: string;
	/** Deletes the copy. */
	remove(): Promise<void>;
}

export type RowSource =
	| {
			readonly file: string;
			/** As the user wrote it, where that is not `file`. */
			readonly name?: string | undefined;
	  }
	| { readonly stdin: AsyncIterable<Uint8Array | string> };

/**
 * Copies the rows to a new file in `folder`, which exists, for its owner's eyes only.
 * @throws {Failure} `usage` for a file that is missing, unreadable, a folder, empty, or changes meanwhile;
 * `disk` where the copy cannot be written
 */
export async function takeSnapshot(
	source: RowSource,
	folder: string,
): Promise<Snapshot> {
	const name = "stdin" in source ? "-" : (source.name ?? source.file);
	await sweepSnapshots(folder);
	const copy = path.join(folder, `${holderName()}.rows`);
	// One that stays is swept up later, and changes nothing of how the command ends.
	const remove = () => fs.rm(copy, { force: true }).catch(() => {});
	const bytes =
		"stdin" in source
			? readStream(source.stdin, name)
			: readFileOnce(source.file, name);
	try {
		const written = await writeCopy(copy, bytes);
		if (written.sizeBytes === 0)
			throw new Failure("usage", `${sourceName(name)} is empty`, {
				hint: "give a prompt a line, JSON Lines or CSV",
			});
		return { path: copy, name, remove, ...written };
	} catch (error) {
		await remove();
		throw error;
	}
}

/** Takes away the copies that killed processes left; of those of which that is not certain the ones that are a week old. */
export async function sweepSnapshots(folder: string): Promise<void> {
	const names = await fs.readdir(folder).catch(() => []);
	for (const name of names.filter((one) => /^rows-|\.rows$/.test(one))) {
		const file = path.join(folder, name);
		const stat = await fs.stat(file).catch(() => undefined);
		const isOld = stat && Date.now() - stat.mtimeMs > oldMs;
		if (isOld || (await isOrphan(file)))
			await fs.rm(file, { force: true }).catch(() => {});
	}
}

const oldMs = 7 * 24 * 3_600_000;

async function writeCopy(
	copy: string,
	chunks: AsyncIterable<Buffer>,
): Promise<Pick<Snapshot, "sha256" | "sizeBytes">> {
	const fail = (cause: unknown): never => {
		const message = `cannot write ${copy}: ${systemReason(cause)}`;
		throw new Failure("disk", message, { cause });
	};
	const handle = await fs.open(copy, "wx", 0o600).catch(fail);
	const hash = createHash("sha256");
	let sizeBytes = 0;
	try {
		for await (const chunk of chunks) {
			hash.update(chunk);
			sizeBytes += chunk.length;
			await handle.writeFile(chunk).catch(fail);
		}
	} finally {
		await handle.close();
	}
	return { sha256: hash.digest("hex"), sizeBytes };
}
