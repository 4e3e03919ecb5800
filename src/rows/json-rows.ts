import { isTooDeep, maxDepth } from "./depth.ts";
import { jsonFault } from "./json-fault.ts";
import { type Line, lineFaultText } from "./lines.ts";
import { badRow, type RawRow, type RawRows } from "./raw-row.ts";
import type { BadRow } from "./row.ts";
import { shown } from "./shown.ts";

/** A row for each object, and for each text in quotes, which is a prompt. */
export async function* jsonRows(
	batches: AsyncIterable<readonly Line[]>,
): RawRows {
	for await (const lines of batches) {
		const rows: (RawRow | BadRow)[] = [];
		for (const line of lines) {
			const row = readLine(line);
			if (row !== undefined) rows.push(row);
		}
		yield rows;
	}
}

function readLine({ number, bytes, fault }: Line): RawRow | BadRow | undefined {
	if (fault !== undefined) return badRow(number, lineFaultText(fault));
	const text = bytes.toString("utf8");
	if (text.trim() === "") return undefined;
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (error) {
		return badRow(number, jsonFault(error));
	}
	if (isTooDeep(value))
		return badRow(number, `nested deeper than ${maxDepth} levels`);
	if (typeof value === "string") return rowOf(number, { prompt: value });
	if (typeof value === "object" && value !== null && !Array.isArray(value))
		return rowOf(number, value as Readonly<Record<string, unknown>>);
	return badRow(
		number,
		`${shown(value)} is neither an object nor a prompt in quotes`,
	);
}

function rowOf(
	line: number,
	values: Readonly<Record<string, unknown>>,
): RawRow {
	const texts = Object.entries(values).map(([name, value]) => [
		name,
		textOf(value),
	]);
	return { line, values, columns: Object.fromEntries(texts) };
}

function textOf(value: unknown): string {
	if (typeof value === "string") return value;
	return value === null ? "" : JSON.stringify(value);
}
