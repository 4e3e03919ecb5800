import { Failure } from "../errors.ts";
import { maxImages } from "../orders/seeds.ts";
import { readCell } from "./cell-value.ts";
import { isTooDeep, maxDepth } from "./depth.ts";
import { promptOf } from "./prompt.ts";
import type { PromptTemplate } from "./prompt-template.ts";
import { badRowOf, givenValue, type RawRow } from "./raw-row.ts";
import { type BadRow, ownColumns, type Row, type RowOptions } from "./row.ts";
import { shown } from "./shown.ts";

export interface RowRules extends Pick<RowOptions, "inputsOf"> {
	readonly template: PromptTemplate | undefined;
	readonly maxPromptBytes: number;
	/** Whether the values are the text of cells, and numbers and JSON are to be read out of it. */
	readonly cellsAreText: boolean;
}

/** The row, or the first thing that is wrong with it. */
export function checkRow(raw: RawRow, rules: RowRules): Row | BadRow {
	try {
		const model = readName(raw, "model");
		const seed = readNumber(raw, "seed", 0, Number.MAX_SAFE_INTEGER);
		const count = readNumber(raw, "count", 1, maxImages) ?? 1;
		if (seed !== undefined && count > 1)
			throw refused(
				`count ${count} of one seed, ${seed}, is the same image ${count} times`,
			);
		return {
			line: raw.line,
			prompt: promptOf(raw, rules),
			seed,
			output: readName(raw, "output"),
			model,
			count,
			inputs: readInputs(raw, rules.inputsOf(model), rules.cellsAreText),
			columns: raw.columns,
		};
	} catch (error) {
		return badRowOf(raw.line, error);
	}
}

function readName(raw: RawRow, name: string): string | undefined {
	const value = givenValue(raw, name);
	if (value === undefined) return undefined;
	if (typeof value !== "string")
		throw refused(`${name} is ${shown(value)}, which is not text`);
	if (value.trim() === "") throw refused(`${name} is empty`);
	if (value.includes("\0"))
		throw refused(`${name} ${shown(value)} holds a NUL character`);
	return value;
}

/** A whole number, also as text: spreadsheets and converters write `42` and `42.0` for one. */
function readNumber(
	raw: RawRow,
	name: string,
	min: number,
	max: number,
): number | undefined {
	const value = givenValue(raw, name);
	if (value === undefined) return undefined;
	const isDigits =
		typeof value === "string" && /^\s*\d+(\.0*)?\s*$/.test(value);
	const number = isDigits ? Number(value) : value;
	if (
		typeof number === "number" &&
		Number.isSafeInteger(number) &&
		number >= min &&
		number <= max
	)
		return number;
	throw refused(
		`${name} ${shown(value)} is not a whole number from ${min} to ${max}`,
	);
}

function readInputs(
	raw: RawRow,
	names: readonly string[],
	cellsAreText: boolean,
): Readonly<Record<string, unknown>> {
	const inputs: [string, unknown][] = [];
	for (const name of names) {
		const value = givenValue(raw, name);
		if (value === undefined || own.has(name)) continue;
		const input =
			cellsAreText && typeof value === "string" ? readCell(value) : value;
		if (isTooDeep(input))
			throw refused(`${name} is nested deeper than ${maxDepth} levels`);
		// JSON has no such numbers: it would be sent as null.
		if (typeof input === "number" && !Number.isFinite(input))
			throw refused(`${name} is a number beyond all bounds`);
		inputs.push([name, input]);
	}
	return Object.fromEntries(inputs);
}

const own: ReadonlySet<string> = new Set(ownColumns);

function refused(reason: string): Failure {
	return new Failure("usage", reason);
}
