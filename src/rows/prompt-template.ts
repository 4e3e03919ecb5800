import { Failure } from "../errors.ts";
import { parseTemplate } from "../names/template.ts";
import { didYouMean } from "./likely-name.ts";
import { givenValue, type RawRow } from "./raw-row.ts";
import { shownNames } from "./shown.ts";

/** The template of `--prompt`. */
export interface PromptTemplate {
	/** The columns that it names, each once. */
	readonly names: readonly string[];
	/** The prompt of a row. @throws {Failure} `usage` where the row gives nothing for a name */
	fill(row: RawRow): string;
}

/**
 * Reads a template by the rules of output names: `{column}`, and `{{`, `}}` for braces.
 * @throws {Failure} `usage` where a brace is never closed
 */
export function readPromptTemplate(template: string): PromptTemplate {
	const pieces = parsePieces(template);
	const names = pieces.flatMap((piece) =>
		piece.kind === "placeholder" ? [piece.name.trim()] : [],
	);
	return {
		names: [...new Set(names)],
		fill: (row) =>
			pieces
				.map((piece) =>
					piece.kind === "text" ? piece.text : fillIn(row, piece.name.trim()),
				)
				.join(""),
	};
}

/** For a name that is no column. */
export function unknownColumn(
	name: string,
	columns: readonly string[],
): Failure {
	return new Failure(
		"usage",
		`--prompt names {${name}}, which is no column${didYouMean(name, columns)}`,
		{ hint: `there are: ${shownNames(columns)}` },
	);
}

function parsePieces(template: string): ReturnType<typeof parseTemplate> {
	try {
		return parseTemplate(template);
	} catch (cause) {
		if (!(cause instanceof Failure)) throw cause;
		throw new Failure(
			"usage",
			`--prompt "${template}": a brace is never closed`,
			{ hint: "write {column}, and {{ for a brace in the prompt", cause },
		);
	}
}

function fillIn(row: RawRow, name: string): string {
	if (givenValue(row, name) !== undefined) return row.columns[name] ?? "";
	if (!Object.hasOwn(row.values, name))
		throw unknownColumn(name, Object.keys(row.values));
	// An empty cell would leave a hole in a sentence that costs money.
	throw new Failure("usage", `"${name}" is empty, and --prompt needs it`);
}
