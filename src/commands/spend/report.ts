import type { OutputStream } from "../../runtime.ts";
import { escaped, escapedJson } from "../../system/escape.ts";
import { formatUsd, microsToUsd } from "../../system/money.ts";
import { counted } from "../../system/plural.ts";
import { alignRows } from "../../terminal/align-rows.ts";
import { lineWidth } from "../../terminal/style.ts";
import type { Grouping, SpentOnImage } from "./images.ts";

interface Sum {
	readonly group: string;
	/** Saved. */
	readonly images: number;
	readonly failed: number;
	/** Without the images of unknown cost. */
	readonly micros: number;
	/** Some of them by their list price. */
	readonly isEstimate: boolean;
	/** Images whose cost nobody has told. */
	readonly unknown: number;
}

interface SpendReport {
	readonly by: Grouping;
	/** YYYY-MM-DD */
	readonly since: string;
	readonly images: readonly SpentOnImage[];
	/** A sandbox was paid: no account was charged. */
	readonly isPlay: boolean;
}

/** A table for people; JSON Lines with the total last; or CSV, which has no total that a column's sum would count twice. */
export async function printSpending(
	report: SpendReport,
	form: { readonly json?: boolean; readonly csv?: boolean },
	stdout: OutputStream,
): Promise<void> {
	const sums = sumOfEach(report);
	const total = sumOf(`total since ${report.since}`, report.images);
	if (form.json) stdout.write(jsonLines(sums, total, report));
	else if (form.csv) stdout.write(await csv(sums, report));
	else if (sums.length > 0)
		stdout.write(table(sums, total, report, lineWidth(stdout)));
}

/** Adds up each group: days and months in their order, the others with the dearest first. */
function sumOfEach({ images, by }: SpendReport): readonly Sum[] {
	const groups = new Map<string, SpentOnImage[]>();
	for (const image of images) {
		const group = groups.get(image.group) ?? [];
		group.push(image);
		groups.set(image.group, group);
	}
	const isByTime = by === "day" || by === "month";
	return [...groups]
		.map(([group, own]) => sumOf(group, own))
		.sort(
			(a, b) =>
				(isByTime ? 0 : b.micros - a.micros) || (a.group < b.group ? -1 : 1),
		);
}

function sumOf(group: string, images: readonly SpentOnImage[]): Sum {
	const saved = images.filter(({ isSaved }) => isSaved).length;
	const known = images.flatMap(({ micros }) => micros ?? []);
	return {
		group,
		images: saved,
		failed: images.filter(({ isSaved, unsure }) => !isSaved && !unsure).length,
		micros: known.reduce((sum, micros) => sum + micros, 0),
		isEstimate: images.some(({ isEstimate }) => isEstimate),
		unknown: images.length - known.length,
	};
}

function jsonLines(
	sums: readonly Sum[],
	total: Sum,
	{ by, isPlay }: SpendReport,
): string {
	return [...sums, { ...total, group: null }]
		.map((sum) => ({ version: 1, by, ...namesOf(sum, isPlay) }))
		.map((row) => `${escapedJson(row)}\n`)
		.join("");
}

async function csv(
	sums: readonly Sum[],
	{ isPlay }: SpendReport,
): Promise<string> {
	// Loaded here, because the other forms do without it.
	const { stringify } = await import("csv-stringify/sync");
	return stringify(
		sums.map((sum) => namesOf({ ...sum, group: escaped(sum.group) }, isPlay)),
		{
			header: true,
			columns: Object.keys(namesOf(sumOf("", []), isPlay)),
			cast: { boolean: String },
		},
	);
}

/** As scripts know it, and in the order of the columns. */
function namesOf(
	sum: Omit<Sum, "group"> & { readonly group: string | null },
	isPlay: boolean,
) {
	return {
		group: sum.group,
		images: sum.images,
		failed: sum.failed,
		cost_usd: microsToUsd(sum.micros),
		unknown_cost: sum.unknown,
		sandbox: isPlay,
		cost_is_estimate: sum.isEstimate,
	};
}

function table(
	sums: readonly Sum[],
	total: Sum,
	{ by, isPlay }: SpendReport,
	width: number,
): string {
	const header = [by, "images", "failed", isPlay ? "play money" : "cost"];
	const cells = [header, ...[...sums, total].map(cellsOf)];
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
		width,
	);
}

function cellsOf(sum: Sum): string[] {
	const { group, images, failed, micros, isEstimate, unknown } = sum;
	const remark = `${counted(unknown, "image")} of unknown cost`;
	return [
		escaped(group),
		String(images),
		String(failed),
		// To the cent, as books are: beside one estimate there may be a thousand bills.
		`${isEstimate ? "about " : ""}${formatUsd(micros)}`,
		...(unknown > 0 ? [remark] : []),
	];
}
