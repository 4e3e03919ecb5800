import { Failure } from "../../src/errors.ts";
import { headBytes } from "../../src/rows/format.ts";
import { parseRows } from "../../src/rows/read-rows.ts";
import type { BadRow, Row, RowOptions } from "../../src/rows/row.ts";

/** What a table says of a source: its name, the options that matter, and how its bytes are cut. */
export interface Given extends Partial<RowOptions> {
	readonly name?: string;
	/** Sizes of the chunks, over and over; one chunk unless told. */
	readonly cuts?: readonly number[];
}

/** All rows of some bytes, good ones without what is as in `plainRow`, bad ones with their reason alone. */
export async function readAll(
	content: string | Buffer,
	given: Given = {},
): Promise<readonly (Partial<Row> | BadRow)[]> {
	const rows = await readWhole(content, given);
	return rows.map((row) =>
		"reason" in row
			? { line: row.line, reason: row.reason }
			: withoutPlain(row),
	);
}

/** All rows of some bytes. */
export async function readWhole(
	content: string | Buffer,
	{ name = "stdin", cuts = [], ...options }: Given = {},
): Promise<readonly (Row | BadRow)[]> {
	const bytes = Buffer.from(content);
	const source = {
		name,
		head: bytes.subarray(0, headBytes),
		chunks: chunksOf(bytes, cuts),
	};
	const rows: (Row | BadRow)[] = [];
	const all = parseRows(source, {
		inputsOf: () => ["width", "tags"],
		user: { home: "/home/ada" },
		...options,
	});
	for await (const batch of all) rows.push(...batch);
	return rows;
}

/** What it throws instead, as words. */
export async function refusalOf(
	content: string | Buffer,
	given: Given = {},
): Promise<{ code: string; message: string; hint: string | undefined }> {
	const error = await readWhole(content, given).then(
		(rows) => new Error(`not refused: ${JSON.stringify(rows)}`),
		(error: unknown) => error,
	);
	if (!(error instanceof Failure)) throw error;
	return { code: error.code, message: error.message, hint: error.hint };
}

const plainRow = {
	seed: undefined,
	output: undefined,
	model: undefined,
	count: 1,
	inputs: {},
};

function withoutPlain(row: Row): Partial<Row> {
	const { columns, ...rest } = row;
	const isOnlyPrompt =
		JSON.stringify(columns) === JSON.stringify({ prompt: row.prompt });
	const told = Object.entries(isOnlyPrompt ? rest : row).filter(
		([name, value]) =>
			JSON.stringify(value) !==
			JSON.stringify((plainRow as Record<string, unknown>)[name]),
	);
	return Object.fromEntries(told);
}

async function* chunksOf(
	bytes: Buffer,
	cuts: readonly number[],
): AsyncGenerator<Buffer> {
	let start = 0;
	for (let turn = 0; start < bytes.length; turn++) {
		const size = cuts[turn % cuts.length] ?? bytes.length;
		yield bytes.subarray(start, start + size);
		start += size;
	}
}
