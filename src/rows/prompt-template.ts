import { Failure } from "../errors.ts";
import {
	escapeBraces,
	parseTemplate,
	placeholdersOf,
} from "../names/template.ts";
import { isChoice } from "./combinations.ts";
import { givenValue, type RawRow } from "./row.ts";
import { didYouMean, listed } from "./wording.ts";

/**
 * The columns that the template of `--prompt` names, each once. It is written as output names are: `{column}`, and `{{`,
 * `}}` for braces.
 * @param hasChoices whether `{red|blue}` is a choice and no column
 * @throws {Failure} `usage` where a brace is never closed
 */
export function templateColumns(
	template: string,
	hasChoices: boolean,
): readonly string[] {
	try {
		return placeholdersOf(template)
			.filter((name) => !hasChoices || !isChoice(name))
			.map((name) => name.trim());
	} catch (cause) {
		if (!(cause instanceof Failure)) throw cause;
		throw new Failure(
			"usage",
			`--prompt "${template}": a brace is never closed`,
			{ hint: "write {column}, and {{ for a brace in the prompt", cause },
		);
	}
}

/** The prompt of a row, with choices still in it where there are any. @throws {Failure} `usage` where the row gives nothing for a name */
export function fillTemplate(
	template: string,
	row: RawRow,
	hasChoices: boolean,
): string {
	return parseTemplate(template)
		.map((piece) => {
			if (piece.kind === "text")
				return hasChoices ? escapeBraces(piece.text) : piece.text;
			if (hasChoices && isChoice(piece.name)) return `{${piece.name}}`;
			return textFor(piece.name.trim(), row);
		})
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
	const remedy = isChoice(name) ? "choices need --each; columns" : "there";
	return new Failure(
		"usage",
		`--prompt names {${name}}, which is no column${didYouMean(name, columns)}`,
		{ hint: `${remedy} are: ${listed(columns)}` },
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
