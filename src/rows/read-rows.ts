import fs from "node:fs/promises";
import { Failure } from "../errors.ts";
import { systemReason } from "../system/disk-failure.ts";
import { checkRow } from "./check-row.ts";
import { csvRows } from "./csv-rows.ts";
import { headBytes, type Layout, tellLayout } from "./format.ts";
import { jsonRows } from "./json-rows.ts";
import { readLines, rowPerLine } from "./lines.ts";
import {
	noColumnUsed,
	templateColumns,
	unknownColumn,
} from "./prompt-template.ts";
import {
	givenValue,
	isBadRow,
	type RawRow,
	type RawRows,
	type RowOptions,
	type Rows,
} from "./row.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * The rows of a snapshot in their order, each as soon as it is read: memory does not grow with their number. As often as
 * it is called it gives the same.
 * @throws {Failure} `usage` for what is wrong with the file as a whole: no rows, one JSON array, no prompt column, a
 * template that names a column which is not there, or none; `disk` where the snapshot cannot be read
 */
export async function* readRows(
	{ path, name }: Pick<Snapshot, "path" | "name">,
	options: RowOptions,
): Rows {
	const fail = (cause: unknown): never => {
		const message = `cannot read the copy of ${name}: ${systemReason(cause)}`;
		throw new Failure("disk", message, { cause });
	};
	const file = await fs.open(path).catch(fail);
	try {
		const head = Buffer.alloc(headBytes);
		const { bytesRead } = await file.read(head, 0, headBytes, 0).catch(fail);
		const source = {
			name,
			head: head.subarray(0, bytesRead),
			chunks: readChunks(file, fail),
		};
		yield* parseRows(source, options);
	} finally {
		await file.close();
	}
}

async function* readChunks(
	file: fs.FileHandle,
	fail: (cause: unknown) => never,
): AsyncGenerator<Buffer> {
	const options = { start: 0, autoClose: false, highWaterMark: chunkBytes };
	try {
		yield* file.createReadStream(options);
	} catch (cause) {
		fail(cause);
	}
}

/** A quarter of what Node reads at once: as quick, and the rows of a chunk are gone before the heap grows for them. */
const chunkBytes = 16 * 1024;

export interface RowBytes {
	/** For messages, and for the extension. */
	readonly name: string;
	/** The first `headBytes`, or all there are. */
	readonly head: Buffer;
	/** All bytes from the first, however cut. */
	readonly chunks: AsyncIterable<Buffer>;
}

/** As `readRows`, from any bytes. */
export async function* parseRows(bytes: RowBytes, options: RowOptions): Rows {
	const { prompt, hasChoices = false } = options;
	const columns =
		prompt === undefined ? undefined : templateColumns(prompt, hasChoices);
	const wanted = columns?.length ? columns : ["prompt"];
	const layout = tellLayout(bytes.head, bytes.name, options, wanted);
	if (layout.format === "csv") options.onCsv?.(layout);
	const rules = { ...options, cellsAreText: layout.format === "csv" };
	let isEmpty = true;
	for await (const batch of rawRows(bytes, layout, columns)) {
		isEmpty &&= batch.length === 0;
		yield batch.map((row) => {
			if (isBadRow(row)) return row;
			if (columns?.length === 0 && !hasImage(row))
				throw noColumnUsed(Object.keys(row.columns));
			return checkRow(row, rules);
		});
	}
	if (isEmpty) throw new Failure("usage", `${bytes.name} holds no rows`);
}

/** "The same for each of these pictures" is meant, and no slip. */
function hasImage(row: RawRow): boolean {
	return givenValue(row, "image") !== undefined;
}

function rawRows(
	{ name, chunks }: RowBytes,
	layout: Layout,
	columns: readonly string[] | undefined,
): RawRows {
	switch (layout.format) {
		case "text":
			checkTextTemplate(columns);
			return textRows(chunks, layout.nulSeparated);
		case "jsonl":
			return jsonRows(readLines(chunks, "\n"));
		case "csv":
			return csvRows(readLines(chunks, "\n"), {
				name,
				...layout,
				templateColumns: columns,
			});
		default:
			return layout satisfies never;
	}
}

/** NUL-separated prompts are kept to the byte, of lines the end of Windows is dropped. */
function textRows(
	chunks: AsyncIterable<Buffer>,
	nulSeparated: boolean,
): RawRows {
	return rowPerLine(
		readLines(chunks, nulSeparated ? "\0" : "\n"),
		(text, line) => {
			const prompt = nulSeparated ? text : text.replace(/\r$/, "");
			return { line, values: { prompt }, columns: { prompt } };
		},
	);
}

/** A line of text is all prompt: there is nothing else to name, and a template that leaves it out would buy one prompt many times. */
function checkTextTemplate(columns: readonly string[] | undefined): void {
	if (columns === undefined) return;
	const unknown = columns.find((name) => name !== "prompt");
	if (unknown !== undefined) throw unknownColumn(unknown, ["prompt"]);
	if (columns.length === 0)
		throw new Failure("usage", "--prompt leaves out {prompt}, the line", {
			hint: 'for one: --prompt "{prompt}, in watercolour"',
		});
}
