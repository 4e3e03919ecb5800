import { type Line, lineFaultText } from "./lines.ts";
import { badRow, type RawRow, type RawRows } from "./raw-row.ts";
import type { BadRow } from "./row.ts";

/** A row for each line with something on it. NUL-separated prompts are kept to the byte, of lines the end of Windows is dropped. */
export async function* textRows(
	batches: AsyncIterable<readonly Line[]>,
	{ nulSeparated }: { readonly nulSeparated: boolean },
): RawRows {
	for await (const lines of batches) {
		const rows: (RawRow | BadRow)[] = [];
		for (const { number, bytes, fault } of lines) {
			if (fault !== undefined) {
				rows.push(badRow(number, lineFaultText(fault)));
				continue;
			}
			const text = bytes.toString("utf8");
			if (text.trim() === "") continue;
			const hasReturn = !nulSeparated && text.endsWith("\r");
			const columns = { prompt: hasReturn ? text.slice(0, -1) : text };
			rows.push({ line: number, values: columns, columns });
		}
		yield rows;
	}
}
