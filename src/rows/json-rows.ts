import { randomUUID } from "node:crypto";
import { type Line, rowPerLine } from "./lines.ts";
import { type BadRow, badRow, type RawRow, type RawRows } from "./row.ts";
import { quoted } from "./wording.ts";

/** A row for each object, and for each text in quotes, which is a prompt. */
export function jsonRows(batches: AsyncIterable<readonly Line[]>): RawRows {
	return rowPerLine(batches, readRow);
}

/** More than any input of a model, and far from what overflows the stack of whoever walks it. */
export const maxDepth = 100;

/** Whether arrays and objects stand in one another more than `maxDepth` deep. */
export function isTooDeep(value: unknown, levels = maxDepth): boolean {
	if (typeof value !== "object" || value === null) return false;
	return (
		levels === 0 ||
		Object.values(value).some((inner) => isTooDeep(inner, levels - 1))
	);
}

function readRow(text: string, line: number): RawRow | BadRow {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (error) {
		return badRow(line, jsonFault(error));
	}
	if (isTooDeep(value))
		return badRow(line, `nested deeper than ${maxDepth} levels`);
	if (typeof value === "string") return rowOf(line, { prompt: value });
	if (typeof value === "object" && value !== null && !Array.isArray(value))
		return rowOf(line, value as RawRow["values"], withLiterals(text));
	return badRow(
		line,
		`${quoted(value)} is neither an object nor a prompt in quotes`,
	);
}

/** @param literal the same values, with what `withLiterals` made of their numbers */
function rowOf(
	line: number,
	values: RawRow["values"],
	literal = values,
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
 * digits; undefined where there is none. Others are written as ever: `1.0` as 1, as in the names of images bought before.
 */
function withLiterals(json: string): RawRow["values"] | undefined {
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

/**
 * What `JSON.parse` found, in few words and the same in every Node: `not JSON: unterminated string at column 14`. V8 says
 * more or less of the text and of the place from one version to the next.
 */
function jsonFault(error: unknown): string {
	const fault = (error as SyntaxError).message
		.replace(/^Unexpected token ('.{1,2}'|.{1,2}),? .*$/su, "unexpected $1")
		.replace(/ \(line \d+ column \d+\)$/, "")
		.replace(
			/(?: in JSON)? at position (\d+)$/,
			(_, position) => ` at column ${Number(position) + 1}`,
		)
		.replace(/^Unexpected end of JSON input$/, "it ends too soon");
	return `not JSON: ${fault.charAt(0).toLowerCase()}${fault.slice(1)}`;
}
