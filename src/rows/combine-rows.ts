import { combinationsOf, type Each } from "./combinations.ts";
import { isBadRow, type Row, type Rows, refusedRow } from "./row.ts";

/** The rows, each as one for every combination of the choices in its prompt; a row whose choices cannot be is bad. */
export async function* combineRows(rows: Rows, each: Each): Rows {
	// A row may be a thousand.
	for await (const batch of rows)
		for (const row of batch)
			yield isBadRow(row) ? [row] : await combinedOf(row, each);
}

async function combinedOf(row: Row, each: Each) {
	try {
		const all = await combinationsOf(row.prompt, row.seed, each);
		return all.map((one) => ({ ...row, ...one }));
	} catch (error) {
		return [refusedRow(row, error)];
	}
}
