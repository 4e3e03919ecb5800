import { randomUUID } from "node:crypto";
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
		return rowOf(
			number,
			value as Readonly<Record<string, unknown>>,
			withLiterals(text),
		);
	return badRow(
		number,
		`${shown(value)} is neither an object nor a prompt in quotes`,
	);
}

/** @param literal the same values, with what `withLiterals` made of their numbers */
function rowOf(
	line: number,
	values: Readonly<Record<string, unknown>>,
	literal: Readonly<Record<string, unknown>> = values,
): RawRow {
	const texts = Object.entries(literal).map(([name, value]) => [
		name,
		textOf(value),
	]);
	return { line, values, columns: Object.fromEntries(texts) };
}

function textOf(value: unknown): string {
	if (value === null) return "";
	const text = typeof value === "string" ? value : JSON.stringify(value);
	return text.includes(mark) ? text.replaceAll(marked, "$<digits>") : text;
}

/**
 * The values of a line of JSON, each whole number that JavaScript would round (ids of 64 bits) as a marked string of its
 * digits. Undefined where there is none. Others are written as ever: `1.0` as 1, as in the names of images bought before.
 */
function withLiterals(
	json: string,
): Readonly<Record<string, unknown>> | undefined {
	if (!/\d{16}/.test(json)) return undefined;
	return JSON.parse(
		json.replace(stringOrNumber, (token) =>
			/^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token))
				? `"${mark}${token}"`
				: token,
		),
	);
}

const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** In no row, since nobody can know it. */
const mark = randomUUID();
const marked = new RegExp(`"?${mark}(?<digits>-?\\d+)"?`, "g");
