import { combinationsOf, type Each } from "./combinations.ts";
import { type BadRow, isBadRow, type Row, refusedRow } from "./row.ts";

/** The rows, each as one for every combination of the choices in its prompt; a row whose choices cannot be is bad. */
export async function* combineRows(
	rows: AsyncIterable<Row | BadRow>,
	each: Each,
): AsyncGenerator<Row | BadRow> {
	for await (const row of rows) {
		if (isBadRow(row)) {
			yield row;
			continue;
		}
		try {
			for (const one of await combinationsOf(row.prompt, row.seed, each))
				yield { ...row, ...one };
		} catch (error) {
			yield refusedRow(row, error);
		}
	}
}
