import { plannedPath } from "../names/places.ts";
import { type Clash, TakenPlaces } from "../names/taken-places.ts";
import { placeholdersOf } from "../names/template.ts";
import { imageKey, wantedOf } from "../purchase/job.ts";
import {
	badRun,
	namingColumns,
	type PlannedRow,
	type RefusedRow,
} from "./plan-rows.ts";

/**
 * What a row cannot have because of those before it, without a look at the disk: asked for each row, in their order.
 * @param showPath a path as a user would write it
 */
export function createClashes(
	showPath: (path: string) => string,
): (row: PlannedRow) => readonly RefusedRow[] {
	const places = new TakenPlaces();
	return (row) => {
		const { key, line, job } = row;
		return pathsOf(row).flatMap((path, nth) => {
			const file = path.includes("{run}")
				? (plannedPath(job, nth + 1, key) ?? "")
				: path;
			const clash = places.take(file, job.output.sidecar, line);
			return clash ? badRun(row, clashText(clash, row, showPath(path))) : [];
		});
	};
}

function clashText(
	{ kind, other }: Clash,
	row: PlannedRow,
	path: string,
): string {
	if (kind === "name")
		return `would share the name ${path} with line ${other}; put ${remedyFor(row, other !== row.line)} in the template`;
	return `${path} needs a folder where line ${other} has a file, or the other way round; name one of them otherwise`;
}

/** What tells them apart: the images of one run have its seed, the runs of one row its index, and combinations may share a seed. */
function remedyFor(
	{ job: { images = 1, output }, choices = [], columns }: PlannedRow,
	isOfTwoRows: boolean,
): string {
	const own = namingColumns(columns).map((name) => `{${name}}`);
	if (isOfTwoRows && own.length > 0)
		return `a column that tells them apart (${own.slice(0, mostColumns).join(", ")}), {seed} or {index}`;
	if (isOfTwoRows) return "{seed} or {index}";
	if (choices.length > 0)
		return `${choices.map((_, at) => `{${at + 1}}`).join(" and ")}, or {index},`;
	const hasOutput = placeholdersOf(output.path ?? "").includes("output");
	return images > 1 && !hasOutput ? "{output}" : "{seed}";
}

/** Enough for examples. */
const mostColumns = 3;

/** Of all images of a run, as far as they are known before the purchase. */
export function pathsOf({ job, path }: PlannedRow): readonly string[] {
	return wantedOf(job).map(
		(at) => (at === 1 ? path : plannedPath(job, at)) ?? "",
	);
}

/** Names of all images of a run. */
export function keysOf({ key, job }: PlannedRow): readonly string[] {
	return wantedOf(job).map((at) => imageKey(key, at));
}
