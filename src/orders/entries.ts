import { plannedPath } from "../names/places.ts";
import { type Clash, createTakenPlaces } from "../names/taken-places.ts";
import { placeholdersOf } from "../names/template.ts";
import { imageKey, wantedOf } from "../purchase/job.ts";
import type { BadRow } from "../rows/row.ts";
import type { PlannedRow } from "./plan-rows.ts";

/** What a survey keeps of a planned run: there may be a hundred thousand of them. */
export interface Entry {
	readonly key: string;
	readonly line: number;
	/** Of its first image. */
	readonly index: number;
	readonly path: string;
	/** Of the other images of its run. */
	readonly more: readonly string[];
	readonly priceMicros: number | undefined;
	readonly isEstimate: boolean;
	readonly sidecar: boolean;
	/** The model chooses the format, and so perhaps another extension. */
	readonly isOpen: boolean;
}

/** Reads the plan to its end, and finds rows that would share a name. @param showPath a path as a user would write it */
export async function collectEntries(
	planned: AsyncIterable<PlannedRow | BadRow>,
	showPath: (path: string) => string,
): Promise<{ entries: Entry[]; bad: BadRow[] }> {
	const entries: Entry[] = [];
	const bad: BadRow[] = [];
	const places = createTakenPlaces<number>();
	for await (const one of planned) {
		if ("reason" in one) {
			bad.push(one);
			continue;
		}
		const { key, line, job } = one;
		const wanted = wantedOf(job);
		const paths = wanted.map((at) => plannedPath(job, at) ?? "");
		const [path = "", ...more] = paths;
		const placing = { output: job.output, ref: key, ownerOf: () => line };
		for (const clash of places.take(placing, wanted))
			bad.push({ line, reason: clashText(clash, one, showPath) });
		entries.push({
			key,
			line,
			index: job.index,
			path,
			more: more.length > 0 ? more : none,
			priceMicros: job.priceMicros,
			isEstimate: job.isEstimate === true,
			sidecar: job.output.sidecar,
			isOpen: job.output.formats.length > 1,
		});
	}
	return { entries, bad };
}

function clashText(
	{ kind, path: absolute, other }: Clash<number>,
	{ line, job }: PlannedRow,
	showPath: (path: string) => string,
): string {
	const path = showPath(absolute);
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

const none: readonly string[] = [];

/** Of all images of a run. */
export function pathsOf({ path, more }: Entry): readonly string[] {
	return more === none ? [path] : [path, ...more];
}

/** Names of all images of a run. */
export function keysOf({ key, more }: Entry): readonly string[] {
	return more === none
		? [key]
		: [key, ...more.map((_, at) => imageKey(key, at + 2))];
}
