import type { OutputStream } from "../../runtime.ts";
import { escaped, escapedJson } from "../../system/escape.ts";
import { formatUsd, microsToUsd } from "../../system/money.ts";
import { alignRows } from "../../terminal/format.ts";

export type Grouping = "day" | "model" | "project" | "month";

/** What one image came to. */
export interface SpentOnImage {
	readonly group: string;
	/** Undefined where nobody knows. */
	readonly micros: number | undefined;
	readonly isSaved: boolean;
}

/** What several images came to. */
interface Sum {
	/** Saved. */
	readonly images: number;
	readonly failed: number;
	/** Without the images of unknown cost. */
	readonly micros: number;
	/** Images whose cost nobody has told. */
	readonly unknown: number;
}

interface GroupSum extends Sum {
	readonly group: string;
}

interface SpendReport {
	readonly by: Grouping;
	/** YYYY-MM-DD */
	readonly since: string;
	readonly groups: readonly GroupSum[];
	/** A sandbox was paid: no account was charged. */
	readonly isPlay: boolean;
}

/** Adds up each group: days and months in their order, the others with the dearest first. */
export function sumUp(
	images: Iterable<SpentOnImage>,
	by: Grouping,
): readonly GroupSum[] {
	const sums = new Map<string, GroupSum>();
	for (const { group, micros, isSaved } of images) {
		const sum = sums.get(group) ?? { ...nothing, group };
		sums.set(group, {
			group,
			images: sum.images + (isSaved ? 1 : 0),
			failed: sum.failed + (isSaved ? 0 : 1),
			micros: sum.micros + (micros ?? 0),
			unknown: sum.unknown + (micros === undefined ? 1 : 0),
		});
	}
	const isByTime = by === "day" || by === "month";
	return [...sums.values()].sort(
		(a, b) =>
			(isByTime ? 0 : b.micros - a.micros) || (a.group < b.group ? -1 : 1),
	);
}

/** A table for people; JSON Lines with the total last; or CSV, which has no total that a column's sum would count twice. */
export async function printSpending(
	report: SpendReport,
	form: { readonly json?: boolean; readonly csv?: boolean },
	stdout: OutputStream,
): Promise<void> {
	if (form.json) stdout.write(jsonLines(report));
	else if (form.csv) stdout.write(await csv(report));
	else if (report.groups.length > 0) stdout.write(table(report));
}

function jsonLines({ by, groups, isPlay }: SpendReport): string {
	return [...groups, { ...totalOf(groups), group: null }]
		.map((sum) => ({ version: 1, by, ...namesOf(sum, isPlay) }))
		.map((row) => `${escapedJson(row)}\n`)
		.join("");
}

async function csv({ groups, isPlay }: SpendReport): Promise<string> {
	// Loaded here, because the other forms do without it.
	const { stringify } = await import("csv-stringify/sync");
	const rows = groups.map((sum) =>
		namesOf({ ...sum, group: escaped(sum.group) }, isPlay),
	);
	return stringify(rows, {
		header: true,
		columns: Object.keys(namesOf({ ...nothing, group: "" }, isPlay)),
		cast: { boolean: String },
	});
}

/** As scripts know it, and in the order of the columns. */
function namesOf(sum: Sum & { group: string | null }, isPlay: boolean) {
	return {
		group: sum.group,
		images: sum.images,
		failed: sum.failed,
		cost_usd: microsToUsd(sum.micros),
		unknown_cost: sum.unknown,
		sandbox: isPlay,
	};
}

function table({ by, since, groups, isPlay }: SpendReport): string {
	const header = [by, "images", "failed", isPlay ? "play money" : "cost"];
	const cells = [
		header,
		...groups.map((sum) => cellsOf(escaped(sum.group), sum)),
		cellsOf(`total since ${since}`, totalOf(groups)),
	];
	const widths = header.map((_, column) =>
		Math.max(...cells.map((row) => row[column]?.length ?? 0)),
	);
	// Numbers are compared by their ends; a name and a remark are read from their beginnings.
	const isNumber = (column: number) => column > 0 && column < header.length;
	return alignRows(
		cells.map((row) =>
			row.map((cell, column) =>
				isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell,
			),
		),
	);
}

function cellsOf(name: string, sum: Sum): readonly string[] {
	const { images, failed, micros, unknown } = sum;
	const cells = [name, String(images), String(failed), formatUsd(micros)];
	if (unknown === 0) return cells;
	const noun = unknown === 1 ? "image" : "images";
	return [...cells, `${unknown} ${noun} of unknown cost`];
}

function totalOf(groups: readonly Sum[]): Sum {
	return groups.reduce(
		(total, sum) => ({
			images: total.images + sum.images,
			failed: total.failed + sum.failed,
			micros: total.micros + sum.micros,
			unknown: total.unknown + sum.unknown,
		}),
		nothing,
	);
}

const nothing: Sum = { images: 0, failed: 0, micros: 0, unknown: 0 };
