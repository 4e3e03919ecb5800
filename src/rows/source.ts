import type { BigIntStats } from "node:fs";
import fs from "node:fs/promises";
import { Failure } from "../errors.ts";
import { systemReason } from "../system/disk-failure.ts";
import { sourceName } from "./shown.ts";

/**
 * The bytes of a file, to the end.
 * @param name for messages
 * @throws {Failure} `usage` where it cannot be read, is a folder, or is not at the end what it was at the beginning
 */
export async function* readFileOnce(
	file: string,
	name: string,
): AsyncGenerator<Buffer> {
	const handle = await fs.open(file).catch((error) => {
		throw unreadable(name, error);
	});
	try {
		const before = await handle.stat({ bigint: true });
		let sizeBytes = 0n;
		const stream = handle.createReadStream({
			autoClose: false,
			highWaterMark: chunkBytes,
		});
		for await (const chunk of readStream(stream, name)) {
			sizeBytes += BigInt(chunk.length);
			yield chunk;
		}
		const after = await handle.stat({ bigint: true });
		if (hasChanged(before, after, sizeBytes))
			throw new Failure("usage", `${name} changed while it was read`, {
				hint: "try again when whatever writes it is done",
				retryable: true,
			});
	} finally {
		await handle.close();
	}
}

/**
 * The bytes of a stream.
 * @throws {Failure} `usage` where it breaks
 */
export async function* readStream(
	stream: AsyncIterable<Uint8Array | string>,
	name: string,
): AsyncGenerator<Buffer> {
	try {
		for await (const chunk of stream) yield bytesOf(chunk);
	} catch (error) {
		throw unreadable(name, error);
	}
}

const chunkBytes = 256 * 1024;

/** Of a pipe (`<(jq …)`) no two looks are alike, and what was read of it nobody can change. */
function hasChanged(
	before: BigIntStats,
	after: BigIntStats,
	sizeBytes: bigint,
): boolean {
	return (
		before.isFile() &&
		(before.mtimeNs !== after.mtimeNs ||
			before.size !== after.size ||
			before.size !== sizeBytes)
	);
}

function bytesOf(chunk: Uint8Array | string): Buffer {
	return typeof chunk === "string"
		? Buffer.from(chunk)
		: Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

function unreadable(name: string, cause: unknown): Failure {
	return new Failure(
		"usage",
		`cannot read ${sourceName(name)}: ${systemReason(cause)}`,
		{ hint: "give a file of rows, or - for stdin", cause },
	);
}
