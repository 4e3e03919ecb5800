import { Failure } from "../errors.ts";
import { escaped } from "../system/escape.ts";
import type { BadRow } from "./row.ts";

/** A row as its format gives it, before it is known whether it can be bought. */
export interface RawRow {
	readonly line: number;
	/** By key or column; null or undefined where nothing is given. */
	readonly values: Readonly<Record<string, unknown>>;
	/** The same as text. */
	readonly columns: Readonly<Record<string, string>>;
}

/** Rows come in batches, one for each chunk of the file: a step of an async generator for every row would take longer than the row. */
export type RawRows = AsyncGenerator<readonly (RawRow | BadRow)[]>;

/** The value of a key or column; undefined where the row gives none. */
export function givenValue({ values }: RawRow, name: string): unknown {
	return Object.hasOwn(values, name) ? (values[name] ?? undefined) : undefined;
}

export function badRow(line: number, reason: string): BadRow {
	return { line, reason: escaped(reason) };
}

/** What was thrown at a row as the row's fault; what was not meant for the user is thrown on. */
export function badRowOf(line: number, error: unknown): BadRow {
	if (!(error instanceof Failure)) throw error;
	const { message, hint } = error;
	return badRow(line, hint === undefined ? message : `${message}; ${hint}`);
}

export function isBadRow(row: object): row is BadRow {
	return "reason" in row;
}
