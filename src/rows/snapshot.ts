import fs from "node:fs/promises";
import path from "node:path";
import { Failure } from "../errors.ts";
import { systemReason } from "../system/disk-failure.ts";
import { holderName } from "../system/holder.ts";
import { sweepOrphans } from "../system/sweep.ts";

/** A copy of the rows that nobody else changes: what is checked is what is bought. */
export interface Snapshot {
	readonly path: string;
	/** For messages, and for the extension. */
	readonly name: string;
	/** Deletes the copy. */
	remove(): Promise<void>;
}

type Chunks = AsyncIterable<Uint8Array | string>;

export type RowSource =
	| {
			readonly file: string;
			/** As the user wrote it, where that is not `file`. */
			readonly name?: string | undefined;
	  }
	| { readonly stdin: Chunks };

/**
 * Copies the rows to a new file in `folder`, which exists, for its owner's eyes only.
 * @throws {Failure} `usage` for a file that is missing, unreadable, a folder, empty, or changes meanwhile;
 * a system error where the copy cannot be written
 */
export async function takeSnapshot(
	source: RowSource,
	folder: string,
): Promise<Snapshot> {
	const name = "stdin" in source ? "stdin" : (source.name ?? source.file);
	await sweepSnapshots(folder);
	const copy = path.join(folder, `${holderName()}.rows`);
	// One that stays is swept up later, and changes nothing of how the command ends.
	const remove = () => fs.rm(copy, { force: true }).catch(() => {});
	const chunks =
		"stdin" in source
			? readStream(source.stdin, name)
			: readFileOnce(source.file, name);
	try {
		const sizeBytes = await writeCopy(copy, chunks);
		if (sizeBytes === 0)
			throw new Failure("usage", `${name} is empty`, {
				hint: "give a prompt a line, JSON Lines or CSV",
			});
		return { path: copy, name, remove };
	} catch (error) {
		await remove();
		throw error;
	}
}

/** Takes away the copies that killed processes left. */
export function sweepSnapshots(folder: string): Promise<void> {
	// Version 0.1.0 began their names with `rows-`.
	return sweepOrphans(folder, (name) =>
		/^rows-|\.rows$/.test(name) ? name : undefined,
	);
}

/** How many bytes there were. */
async function writeCopy(copy: string, chunks: Chunks): Promise<number> {
	const handle = await fs.open(copy, "wx", 0o600);
	try {
		for await (const chunk of chunks) await handle.writeFile(chunk);
		return (await handle.stat()).size;
	} finally {
		await handle.close();
	}
}

/** The bytes of a file. @throws {Failure} `usage` where it cannot be read, or is not at the end what it was at the beginning */
async function* readFileOnce(file: string, name: string): Chunks {
	const handle = await fs.open(file).catch((cause) => {
		throw unreadable(name, cause);
	});
	try {
		const before = await handle.stat({ bigint: true });
		const stream = handle.createReadStream({
			autoClose: false,
			highWaterMark: chunkBytes,
		});
		yield* readStream(stream, name);
		const after = await handle.stat({ bigint: true });
		// Of a pipe (`<(jq …)`) no two looks are alike, and what was read of it nobody can change.
		const hasChanged =
			before.isFile() &&
			(before.mtimeNs !== after.mtimeNs ||
				before.size !== after.size ||
				before.size !== BigInt(stream.bytesRead));
		if (hasChanged)
			throw new Failure("usage", `${name} changed while it was read`, {
				hint: "try again when whatever writes it is done",
				retryable: true,
			});
	} finally {
		await handle.close();
	}
}

const chunkBytes = 256 * 1024;

async function* readStream(stream: Chunks, name: string): Chunks {
	try {
		yield* stream;
	} catch (cause) {
		throw unreadable(name, cause);
	}
}

function unreadable(name: string, cause: unknown): Failure {
	const message = `cannot read ${name}: ${systemReason(cause)}`;
	return new Failure("usage", message, {
		hint: /\s/.test(name)
			? "give a file of rows, or - for stdin; a single prompt goes without batch"
			: "give a file of rows, or - for stdin",
		cause,
	});
}
