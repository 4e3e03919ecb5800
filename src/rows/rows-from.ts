import { Failure } from "../errors.ts";
import { checkRow } from "./check-row.ts";
import { csvRows } from "./csv-rows.ts";
import { type Layout, tellLayout } from "./format.ts";
import { jsonRows } from "./json-rows.ts";
import { readLines } from "./lines.ts";
import {
	type PromptTemplate,
	readPromptTemplate,
	unknownColumn,
} from "./prompt-template.ts";
import { isBadRow, type RawRows } from "./raw-row.ts";
import type { BadRow, Row, RowOptions } from "./row.ts";
import { sourceName } from "./shown.ts";
import { textRows } from "./text-rows.ts";

export interface RowBytes {
	/** For messages, and for the extension; `-` for stdin. */
	readonly name: string;
	/** The first `headBytes`, or all there are. */
	readonly head: Buffer;
	/** All bytes from the first, however cut. */
	readonly chunks: AsyncIterable<Buffer>;
}

/** As `readRows`, from any bytes. */
export async function* rowsFrom(
	bytes: RowBytes,
	options: RowOptions,
): AsyncGenerator<Row | BadRow> {
	const template =
		options.prompt === undefined
			? undefined
			: readPromptTemplate(options.prompt);
	const wanted = template?.names.length ? template.names : ["prompt"];
	const layout = tellLayout(bytes.head, bytes.name, options, wanted);
	const rules = {
		inputsOf: options.inputsOf,
		template,
		maxPromptBytes: options.maxPromptBytes ?? 64 * 1024,
		cellsAreText: layout.format === "csv",
	};
	let isEmpty = true;
	for await (const batch of rawRows(bytes, layout, template)) {
		for (const row of batch) {
			isEmpty = false;
			yield isBadRow(row) ? row : checkRow(row, rules);
		}
	}
	if (isEmpty)
		throw new Failure("usage", `${sourceName(bytes.name)} holds no rows`);
}

function rawRows(
	{ name, chunks }: RowBytes,
	layout: Layout,
	template: PromptTemplate | undefined,
): RawRows {
	switch (layout.format) {
		case "text":
			checkTextTemplate(template);
			return textRows(readLines(chunks, layout.nulSeparated ? "\0" : "\n"), {
				nulSeparated: layout.nulSeparated,
			});
		case "jsonl":
			return jsonRows(readLines(chunks, "\n"));
		case "csv":
			return csvRows(readLines(chunks, "\n"), {
				name,
				...layout,
				template,
			});
		default:
			return layout satisfies never;
	}
}

/** A line of text is all prompt: there is nothing else to name, and a template that leaves it out would buy one prompt many times. */
function checkTextTemplate(template: PromptTemplate | undefined): void {
	if (template === undefined) return;
	const unknown = template.names.find((name) => name !== "prompt");
	if (unknown !== undefined) throw unknownColumn(unknown, ["prompt"]);
	if (template.names.length === 0)
		throw new Failure("usage", "--prompt leaves out {prompt}, the line", {
			hint: 'for one: --prompt "{prompt}, in watercolour"',
		});
}
