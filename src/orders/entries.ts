import { plannedPath } from "../names/places.ts";
import { type Clash, createTakenPlaces } from "../names/taken-places.ts";
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

/** Reads the plan to its end, and finds rows that would share a name. */
export async function collectEntries(
	planned: AsyncIterable<PlannedRow | BadRow>,
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
			bad.push({ line, reason: clashText(clash) });
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

function clashText({ kind, path, other }: Clash<number>): string {
	return kind === "name"
		? `would share the name ${path} with line ${other}; put {seed}, {index} or {output} in the template`
		: `${path} needs a folder where line ${other} has a file, or the other way round; name one of them otherwise`;
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
