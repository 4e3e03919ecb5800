import { Failure } from "../errors.ts";
import { parseCells } from "./csv-cells.ts";
import { didYouMean } from "./likely-name.ts";
import { type PromptTemplate, unknownColumn } from "./prompt-template.ts";
import { ownColumns } from "./row.ts";
import { shownNames, sourceName } from "./shown.ts";

/**
 * The names of a header without the blanks around them, and without the empty last ones that spreadsheets leave; `Prompt` and
 * `SEED`, as they have them, are `prompt` and `seed`.
 */
export function columnNames(cells: readonly string[]): readonly string[] {
	const last = cells.findLastIndex((cell) => cell.trim() !== "");
	return cells.slice(0, last + 1).map((cell) => {
		const name = cell.trim();
		return ownColumns.find((own) => own === name.toLowerCase()) ?? name;
	});
}

/** Why no rows can be told by this header, if so. */
export function headerFault(names: readonly string[]): string | undefined {
	if (names.length > maxColumns)
		return `the header has ${names.length} columns, more than the ${maxColumns} of a spreadsheet: is it one?`;
	const empty = names.length === 0 ? 0 : names.indexOf("");
	if (empty !== -1) return `column ${empty + 1} of the header has no name`;
	const seen = new Set<string>();
	for (const name of names) {
		if (seen.has(name)) return `the header has the column "${name}" twice`;
		seen.add(name);
	}
	return undefined;
}

/** Of Excel. Every row is an object of them all, and every wrong name is looked for among them. */
const maxColumns = 16_384;

/** @throws {Failure} `usage` where there is no prompt to be had of these columns */
export function checkColumns(
	names: readonly string[],
	{
		name,
		template,
	}: { readonly name: string; readonly template: PromptTemplate | undefined },
): void {
	const missing = template?.names.find((column) => !names.includes(column));
	if (missing !== undefined) throw unknownColumn(missing, names);
	if (template !== undefined || names.includes("prompt")) return;
	throw new Failure(
		"usage",
		`${sourceName(name)} has no column "prompt"${didYouMean("prompt", names)}`,
		{
			hint: `there are: ${shownNames(names)}; make a prompt of them: --prompt "… {${names[0]}} …"`,
		},
	);
}

/** The delimiter with which the first line of a file has the wanted columns, or else the most columns. */
export function tellDelimiter(
	firstLine: string,
	wanted: readonly string[],
): string {
	const ranked = delimiters
		.map((delimiter) => {
			const names = namesBy(firstLine, delimiter);
			return {
				delimiter,
				hasAll: isHeaderWith(names, wanted),
				columns: names?.length ?? firstLine.split(delimiter).length,
			};
		})
		.sort(
			(a, b) => Number(b.hasAll) - Number(a.hasAll) || b.columns - a.columns,
		);
	return ranked[0]?.delimiter ?? ",";
}

/** Whether the first line of a file is a header that has the wanted columns. */
export function isCsvHeader(
	firstLine: string,
	wanted: readonly string[],
): boolean {
	return delimiters.some((delimiter) =>
		isHeaderWith(namesBy(firstLine, delimiter), wanted),
	);
}

const delimiters = [",", ";", "\t"];

function isHeaderWith(
	names: readonly string[] | undefined,
	wanted: readonly string[],
): boolean {
	return (
		names !== undefined &&
		headerFault(names) === undefined &&
		wanted.every((name) => names.includes(name))
	);
}

/** Undefined where the line is not one whole record. */
function namesBy(
	firstLine: string,
	delimiter: string,
): readonly string[] | undefined {
	try {
		const [cells = []] = parseCells(Buffer.from(firstLine), delimiter);
		return columnNames(cells);
	} catch {
		return undefined;
	}
}
