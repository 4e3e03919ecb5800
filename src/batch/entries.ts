import { imageKey } from "../jobs/job.ts";
import { nameKey } from "../jobs/names.ts";
import { plannedPath } from "../jobs/places.ts";
import type { BadRow } from "../rows/row.ts";
import type { PlannedImage } from "./plan-rows.ts";

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
	planned: AsyncIterable<PlannedImage | BadRow>,
	sidecar: boolean,
): Promise<{ entries: Entry[]; bad: BadRow[] }> {
	const entries: Entry[] = [];
	const bad: BadRow[] = [];
	const taken = new Map<string, number>();
	for await (const image of planned) {
		if ("reason" in image) {
			bad.push(image);
			continue;
		}
		const { formats, images, priceMicros } = image;
		const planned = { output: { path: image.output, formats } };
		const paths = Array.from(
			{ length: images },
			(_, at) => plannedPath(planned, at + 1) ?? "",
		);
		const [path = "", ...more] = paths;
		const isNamedLater = image.output.includes("{run}");
		for (const one of isNamedLater ? [...new Set(paths)] : paths) {
			const name = nameKey(one);
			const other = isNamedLater ? undefined : taken.get(name);
			if (other !== undefined)
				bad.push({
					line: image.line,
					reason: `would share the name ${one} with line ${other}; put {seed}, {index} or {output} in the template`,
				});
			taken.set(name, image.line);
		}
		entries.push({
			key: image.key,
			line: image.line,
			index: image.index,
			path,
			more: more.length > 0 ? more : none,
			priceMicros,
			isEstimate: image.isEstimate === true,
			sidecar,
			isOpen: formats.length > 1,
		});
	}
	return { entries, bad };
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
