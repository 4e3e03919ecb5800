import cliTruncate from "cli-truncate";
import stringWidth from "string-width";

/**
 * Rows of cells as lines whose columns stand below one another, two blanks apart. Chinese, Japanese and emoji take two
 * columns of a terminal a character.
 * @param width in columns; cuts longer lines
 */
export function alignRows(
	rows: readonly (readonly string[])[],
	width = Number.POSITIVE_INFINITY,
): string {
	const widths: number[] = [];
	for (const row of rows)
		row.forEach((cell, column) => {
			widths[column] = Math.max(widths[column] ?? 0, stringWidth(cell));
		});
	const pad = (cell: string, column: number) =>
		cell + " ".repeat((widths[column] ?? 0) - stringWidth(cell));
	return rows
		.map((row) => row.map(pad).join("  ").trimEnd())
		.map((line) => `${cliTruncate(line, width)}\n`)
		.join("");
}
