import nodePath from "node:path";
import { plannedPath } from "../names/places.ts";
import { type Clash, TakenPlaces } from "../names/taken-places.ts";
import { placeholdersOf } from "../names/template.ts";
import { imageKey, wantedOf } from "../purchase/job.ts";
import type { BadRow } from "../rows/row.ts";
import { CompactMap } from "../system/compact-map.ts";
import type { PlannedRow } from "./plan-rows.ts";

/** What a plan says by itself. As little as can be of each run: there may be a hundred thousand of them. */
export interface PlanRead {
	/** Of all images (see `imageKey`). */
	readonly keys: CompactMap;
	/** That images go to. */
	readonly folders: ReadonlySet<string>;
	/** Rows that are not sound, and those that would share a name. */
	readonly bad: readonly BadRow[];
}

/** Reads a plan to its end, without a look at the disk. @param showPath a path as a user would write it */
export async function readPlan(
	planned: AsyncIterable<PlannedRow | BadRow>,
	showPath: (path: string) => string,
): Promise<PlanRead> {
	const keys = new CompactMap();
	const folders = new Set<string>();
	const bad: BadRow[] = [];
	const places = new TakenPlaces();
	for await (const one of planned) {
		if ("reason" in one) {
			bad.push(one);
			continue;
		}
		const { key, line } = one;
		const { output } = one.job;
		for (const name of keysOf(one)) keys.set(name, line);
		for (const [nth, path] of pathsOf(one).entries()) {
			folders.add(nodePath.dirname(path));
			const clash = places.take({ output, ref: key }, nth + 1, line);
			if (clash)
				bad.push({ line, reason: clashText(clash, one, showPath(path)) });
		}
	}
	return { keys, folders, bad };
}

function clashText(
	{ kind, other }: Clash,
	{ line, job }: PlannedRow,
	path: string,
): string {
	if (kind === "name")
		return `would share the name ${path} with line ${other}; put ${remedyFor(job, other !== line)} in the template`;
	return `${path} needs a folder where line ${other} has a file, or the other way round; name one of them otherwise`;
}

/** What tells them apart: the images of one run have its seed, and the runs of one row its index. */
function remedyFor(
	{ images = 1, output }: PlannedRow["job"],
	isOfTwoRows: boolean,
): string {
	if (isOfTwoRows) return "{seed} or {index}";
	const hasOutput = placeholdersOf(output.path ?? "").includes("output");
	return images > 1 && !hasOutput ? "{output}" : "{seed}";
}

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
