import { hash } from "node:crypto";
import { Failure } from "../errors.ts";
import { imagesOf } from "../models/expected.ts";
import { UnknownPlaceholder } from "../names/expand.ts";
import {
	type BadRow,
	isBadRow,
	ownColumns,
	type Row,
	type Rows,
} from "../rows/row.ts";
import type { PlannedJob } from "./make-job.ts";
import {
	createPlanner,
	type Planner,
	type PlanOptions,
	type RowOrder,
} from "./planner.ts";

/** What holds for every row of a batch that does not say otherwise. */
export interface BatchOrder
	extends Omit<PlanOptions, "runs" | "keyedBy" | "seedFor"> {
	/** What a row asks of which model. @throws {Failure} `usage` */
	readonly read: (row: Row) => Promise<RowOrder>;
}

/** A run with a name and a seed that the same row has in every repetition. */
export interface PlannedRow extends PlannedJob {
	readonly line: number;
	/** Which of the rows it is of, from 1, bad ones counted. */
	readonly ordinal: number;
	/** Which of the runs it is, from 1, those of bad rows counted: shards go by it. */
	readonly number: number;
	readonly choices?: Row["choices"];
	/** Every key or column of the row as text. */
	readonly columns: Row["columns"];
}

/** What cannot be bought, at its place among all images. */
export interface RefusedRow extends BadRow {
	/** Of its first image, from 1. */
	readonly index: number;
	/** Its first run, from 1. */
	readonly number: number;
	/** The one that cannot be of the runs that the row asks for; the row as a whole where it is missing. */
	readonly run?: {
		readonly images: number;
		readonly seed: number | null;
		/** `owner/slug`. */
		readonly model: string;
	};
}

/** A run that cannot be bought, of a row that is right by itself. */
export function badRun(
	{ line, number, columns, job }: PlannedRow,
	reason: string,
): RefusedRow {
	const { index, images = 1, seed, model, prompt } = job;
	return {
		...{ line, reason, prompt, columns, index, number },
		run: { images, seed, model },
	};
}

/**
 * Turns rows into jobs, in their order. Rows can be added, taken away and moved: what is asked for keeps its key. A bad row
 * has its place as if it were mended: what follows would be bought anew under other names and in other shards.
 */
export async function* planRows(
	rows: Rows,
	order: BatchOrder,
): AsyncGenerator<PlannedRow | RefusedRow> {
	if (order.output === "-")
		throw new Failure("usage", "a batch cannot write its images to stdout", {
			hint: "name a folder: -o images/",
		});
	let plan: Planner | undefined;
	let ordinal = 0;
	let number = 1;
	let index = 1;
	for await (const batch of rows) {
		plan ??= await createPlanner({
			...order,
			// A row may be added to the file, and what it names is still to be the same.
			runs: Number.POSITIVE_INFINITY,
			keyedBy: "name",
			seedFor: seedOf,
			...markOf(batch),
		});
		for (const row of batch) {
			ordinal += 1;
			if (isBadRow(row)) {
				yield { ...row, index, number };
				index += row.count ?? 1;
				number += row.count ?? 1;
				continue;
			}
			const { line, columns, choices, prompt } = row;
			let images = imagesOf(row.inputs);
			try {
				const asked = await order.read(row);
				images = imagesOf(asked.input);
				const told = { line, ordinal, columns, ...(choices && { choices }) };
				const runs = await plan(row, asked, { ordinal, index });
				for (const [nth, { key, job, path }] of runs.entries())
					yield { key, job, path, number: number + nth, ...told };
			} catch (error) {
				if (!(error instanceof Failure)) throw error;
				const hint = error.hint ? ` (${error.hint})` : "";
				const reason = `${error.message}${hint}`;
				// Of -o: no row can be mended that names no place of its own.
				const hasRemedy =
					row.output === undefined && error instanceof UnknownPlaceholder;
				const refused = { line, reason, prompt, columns, index, number };
				yield hasRemedy ? { ...refused, hasRemedy } : refused;
			}
			index += row.count * images;
			number += row.count;
		}
	}
}

/** A column that tells rows apart, in names: people know rows by it, and not by their seeds. */
function markOf(
	rows: readonly (Row | BadRow)[],
): Pick<PlanOptions, "mark"> | undefined {
	const [first = {}, ...others] = rows.map(({ columns }) => columns ?? {});
	const name = namingColumns(first).find((name) => {
		const values = [first, ...others].map((columns) => columns[name]);
		return new Set(values).size === rows.length;
	});
	return name === undefined ? undefined : { mark: `{${name}}` };
}

/** Those of a row's columns that are for names and templates. */
export function namingColumns(columns: Row["columns"]): readonly string[] {
	return Object.keys(columns).filter(
		(name) => !ownColumns.some((own) => own === name),
	);
}

/** A seed that a repetition finds again. 31 bits: every model of the family takes them. */
export function seedOf(key: string): number {
	const digest = hash("sha256", `seed ${key}`, "buffer");
	return 1 + (digest.readUInt32BE(0) % (2 ** 31 - 2));
}
