import path from "node:path";
import { Failure } from "../errors.ts";
import { sidecarPath } from "../names/places.ts";
import { type Job, type JobOutput, wantedOf } from "../purchase/job.ts";
import { nameKey } from "./expand.ts";
import { plannedPath } from "./places.ts";

/** The images of a run, as far as their places go. */
interface Placing<Owner> {
	readonly output: Pick<JobOutput, "path" | "formats" | "sidecar">;
	/** Stands for the id of its run until that is known: no other run's is the same. */
	readonly ref: string;
	/** What a clash names: an image, or a line. @param at which of its run's images, from 1 */
	readonly ownerOf: (at: number) => Owner;
}

export interface Clash<Owner> {
	/** As far as it is known before the purchase. */
	readonly path: string;
	/** Which of its run's images has no place, from 1. */
	readonly at: number;
	/** What has the place already. */
	readonly other: Owner;
	/** `folder`: one needs a folder where the other needs a file. */
	readonly kind: "name" | "folder";
}

/**
 * Holds the files of one command against each other, and against the folders that they need, before any is bought: files
 * that would be one on some system, and `x` beside `x/y.jpg`.
 */
export function createTakenPlaces<Owner>() {
	const files = new Map<string, Owner>();
	const folders = new Map<string, Owner>();

	function takeFile(file: string, owner: Owner) {
		const key = nameKey(file);
		const same = files.get(key);
		if (same !== undefined) return { other: same, kind: "name" } as const;
		const inside = folders.get(key);
		if (inside !== undefined) return { other: inside, kind: "folder" } as const;
		files.set(key, owner);
		// Above a folder that is known all are known.
		for (
			let folder = path.posix.dirname(key);
			!folders.has(folder);
			folder = path.posix.dirname(folder)
		) {
			const above = files.get(folder);
			if (above !== undefined) return { other: above, kind: "folder" } as const;
			folders.set(folder, owner);
		}
		return undefined;
	}

	return {
		/** Takes the places of the images `wanted`. The clashes there are, one for each image at most. */
		take: (
			{ output, ref, ownerOf }: Placing<Owner>,
			wanted: readonly number[],
		): readonly Clash<Owner>[] =>
			wanted.flatMap((at) => {
				const file = plannedPath({ output }, at, ref);
				if (file === null) return [];
				const owner = ownerOf(at);
				const clash =
					takeFile(file, owner) ??
					(output.sidecar ? takeFile(sidecarPath(file), owner) : undefined);
				const shown = plannedPath({ output }, at) ?? file;
				return clash ? [{ ...clash, at, path: shown }] : [];
			}),
	};
}

/** @throws {Failure} `usage` for two images that would be one file on some system, or a file where the other needs a folder */
export function checkCollisions(jobs: readonly Job[]): void {
	const places = createTakenPlaces<number>();
	for (const { output, ref, index, ...job } of jobs) {
		const ownerOf = (at: number) => index + at - 1;
		const wanted = wantedOf(job);
		for (const clash of places.take({ output, ref, ownerOf }, wanted))
			throw new Failure("usage", clashOf(clash, ownerOf(clash.at)), {
				hint:
					(job.images ?? 1) > 1
						? "put {index} in the template"
						: "put {seed} or {index} in the template",
			});
	}
}

function clashOf(
	{ kind, path: file, other }: Clash<number>,
	own: number,
): string {
	return kind === "name"
		? `images ${other} and ${own} would share the name ${file}`
		: `image ${own} would be ${file}: that, or a part of it, is a file for one of images ${other} and ${own} and a folder for the other`;
}
