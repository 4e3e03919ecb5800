import { createReadStream } from "node:fs";
import fs from "node:fs/promises";
import { Failure } from "../errors.ts";
import { systemReason } from "../system/disk-failure.ts";
import { headBytes } from "./format.ts";
import type { BadRow, Row, RowOptions } from "./row.ts";
import { rowsFrom } from "./rows-from.ts";
import { sourceName } from "./shown.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * The rows of a snapshot in their order, each as soon as it is read: memory does not grow with their number. As often as
 * it is called it gives the same.
 * @throws {Failure} `usage` for what is wrong with the file as a whole: no rows, one JSON array, no prompt column, a
 * template that names a column which is not there; `disk` where the snapshot cannot be read
 */
export async function* readRows(
	snapshot: Pick<Snapshot, "path" | "name">,
	options: RowOptions,
): AsyncGenerator<Row | BadRow> {
	const { path, name } = snapshot;
	const head = await readHead(path).catch((error) => {
		throw unreadable(name, error);
	});
	yield* rowsFrom({ name, head, chunks: readChunks(path, name) }, options);
}

/** A quarter of what Node reads at once: as quick, and the rows of a chunk are gone before the heap grows for them. */
const chunkBytes = 16 * 1024;

async function readHead(path: string): Promise<Buffer> {
	const handle = await fs.open(path);
	try {
		const { buffer, bytesRead } = await handle.read(
			Buffer.alloc(headBytes),
			0,
			headBytes,
			0,
		);
		return buffer.subarray(0, bytesRead);
	} finally {
		await handle.close();
	}
}

async function* readChunks(path: string, name: string): AsyncGenerator<Buffer> {
	try {
		yield* createReadStream(path, { highWaterMark: chunkBytes });
	} catch (error) {
		throw unreadable(name, error);
	}
}

function unreadable(name: string, cause: unknown): Failure {
	return new Failure(
		"disk",
		`cannot read the copy of ${sourceName(name)}: ${systemReason(cause)}`,
		{ cause },
	);
}
