import { Failure } from "../errors.ts";
import { parseTemplate, placeholdersOf } from "../names/template.ts";
import { givenValue, type RawRow } from "./row.ts";
import { didYouMean, listed } from "./wording.ts";

/**
 * The columns that the template of `--prompt` names, each once. It is written as output names are: `{column}`, and `{{`,
 * `}}` for braces.
 * @throws {Failure} `usage` where a brace is never closed
 */
export function templateColumns(template: string): readonly string[] {
	try {
		return placeholdersOf(template).map((name) => name.trim());
	} catch (cause) {
		if (!(cause instanceof Failure)) throw cause;
		throw new Failure(
			"usage",
			`--prompt "${template}": a brace is never closed`,
			{ hint: "write {column}, and {{ for a brace in the prompt", cause },
		);
	}
}

/** The prompt of a row. @throws {Failure} `usage` where the row gives nothing for a name */
export function fillTemplate(template: string, row: RawRow): string {
	return parseTemplate(template)
		.map((piece) =>
			piece.kind === "text" ? piece.text : textFor(piece.name.trim(), row),
		)
		.join("");
}

function textFor(name: string, row: RawRow): string {
	if (!Object.hasOwn(row.columns, name))
		throw unknownColumn(name, Object.keys(row.columns));
	// An empty cell would leave a hole in a sentence that costs money.
	if (givenValue(row, name) === undefined)
		throw new Failure("usage", `"${name}" is empty, and --prompt needs it`);
	return row.columns[name] ?? "";
}

/** For a name that is no column. */
export function unknownColumn(
	name: string,
	columns: readonly string[],
): Failure {
	return new Failure(
		"usage",
		`--prompt names {${name}}, which is no column${didYouMean(name, columns)}`,
		{ hint: `there are: ${listed(columns)}` },
	);
}

/** For a template that would make the same prompt of every row: mistyped braces, or a `$name` that the shell emptied. */
export function noColumnUsed(columns: readonly string[]): Failure {
	return new Failure(
		"usage",
		"--prompt uses no column: every row would buy the same prompt",
		{
			hint: `there are: ${listed(columns)}; written in braces: --prompt "… {${columns[0]}} …"; several images of one prompt: flux-ultra --count 4, or lines of text`,
		},
	);
}
