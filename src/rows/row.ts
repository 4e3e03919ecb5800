import { Failure } from "../errors.ts";
import { escaped } from "../system/escape.ts";

/** More images than this of one prompt are surely a slip of the keyboard. */
export const maxImages = 1_000;

/** Of UTF-8: the longest prompt. */
export const maxPromptBytes = 64 * 1024;

/** One row: what it asks for, as written. */
export interface Row {
	/** Where it starts in the file, from 1; for NUL-separated prompts which of them it is. */
	readonly line: number;
	/** Made by the template of `--prompt` where there is one. */
	readonly prompt: string;
	/** What `--each` chose for it (see `Combination`). */
	readonly choices?: readonly string[];
	readonly seed: number | undefined;
	/** File, folder or template. */
	readonly output: string | undefined;
	/** Alias or `owner/slug`; whether there is such a model was asked of `inputsOf`. */
	readonly model: string | undefined;
	/** How many images, 1 where the row says nothing. */
	readonly count: number;
	/** Inputs of the row's model beside prompt and seed. */
	readonly inputs: Readonly<Record<string, unknown>>;
	/** Every key or column as text, for names and templates; empty where nothing is given. */
	readonly columns: Readonly<Record<string, string>>;
}

/** A row that cannot be bought. */
export interface BadRow {
	readonly line: number;
	/** What is wrong, with the value in question; safe to print. */
	readonly reason: string;
	/** The row itself is right, and the reason says which option buys it. */
	readonly hasRemedy?: boolean;
	/** As far as it is known what was asked for. */
	readonly prompt?: string;
	readonly columns?: Row["columns"];
	/** How many runs it asks for, where that can be told: others keep their places by it once it is mended. */
	readonly count?: number;
}

/** How a table is written. */
export interface CsvStyle {
	/** One character. */
	readonly delimiter: string;
	readonly hasByteOrderMark: boolean;
}

export interface RowOptions {
	/** Undefined: told by the extension, then by the content. */
	readonly format?: RowFormat | undefined;
	/** Prompts end with a NUL and may hold lines; text only. */
	readonly nulSeparated?: boolean | undefined;
	/** Template over the columns, such as `a product shot of {name}, {colour}`; wins over a prompt column, which is its `{prompt}`. */
	readonly prompt?: string | undefined;
	/** Whether braces may be choices: they stay in the prompts, for `combineRows`. */
	readonly hasChoices?: boolean;
	/** Is told of a table, each time before its rows. */
	readonly onCsv?: ((style: CsvStyle) => void) | undefined;
	/** Whose folder a row's `~/` is. */
	readonly user: { readonly home: string };
	/**
	 * Names of the inputs of a model beside prompt and seed; of the default model for undefined. What a row has beyond
	 * these and its own five is for names only. May throw Failure for a model that does not exist: the row is then bad.
	 */
	readonly inputsOf: (model: string | undefined) => readonly string[];
}

export type RowFormat = "text" | "jsonl" | "csv";

/** The keys and columns that mean the same for every model. */
export const ownColumns = [
	"prompt",
	"seed",
	"output",
	"model",
	"count",
] as const;

/** A row as its format gives it, before it is known whether it can be bought. */
export interface RawRow {
	readonly line: number;
	/** What is given, by key or column; of JSON null for what is not. */
	readonly values: Readonly<Record<string, unknown>>;
	/** Every key or column as text. */
	readonly columns: Readonly<Record<string, string>>;
}

/** Rows come in batches, one for each chunk of the file: a step of an async generator for every row would take longer than the row. */
export type Batches<T> = AsyncGenerator<readonly (T | BadRow)[]>;
export type RawRows = Batches<RawRow>;
export type Rows = Batches<Row>;

/** The value of a key or column; undefined where the row gives none. */
export function givenValue({ values }: RawRow, name: string): unknown {
	return Object.hasOwn(values, name) ? (values[name] ?? undefined) : undefined;
}

export function badRow(line: number, reason: string): BadRow {
	return { line, reason: escaped(reason) };
}

/** A row that could be read, and of which something is wrong. @throws what is no `Failure` */
export function refusedRow(
	{ line, columns }: Pick<RawRow, "line" | "columns">,
	error: unknown,
): BadRow {
	if (!(error instanceof Failure)) throw error;
	const { message, hint } = error;
	return { ...badRow(line, hint ? `${message}; ${hint}` : message), columns };
}

export function isBadRow(row: object): row is BadRow {
	return "reason" in row;
}
