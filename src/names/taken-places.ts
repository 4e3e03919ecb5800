import path from "node:path";
import { Failure } from "../errors.ts";
import { sidecarPath } from "../names/places.ts";
import { type Job, wantedOf } from "../purchase/job.ts";
import { CompactMap } from "../system/compact-map.ts";
import { nameKey } from "./expand.ts";
import { plannedPath } from "./places.ts";

/** What has a place already, by the number of its image or line. */
export interface Clash {
	readonly other: number;
	/** `folder`: one needs a folder where the other needs a file. */
	readonly kind: "name" | "folder";
}

/**
 * Holds the files of one command against each other, and against the folders that they need, before any is bought: files
 * that would be one on some system, and `x` beside `x/y.jpg`.
 */
export class TakenPlaces {
	readonly #files = new CompactMap();
	readonly #folders = new CompactMap();

	/**
	 * Takes the place of an image and of what stands beside it for its owner, up to the first that it cannot have.
	 * @param file with something for the id of its run that no other run has
	 */
	take(file: string, hasSidecar: boolean, owner: number): Clash | undefined {
		const clash = this.#takeFile(nameKey(file), owner);
		if (clash || !hasSidecar) return clash;
		return this.#takeFile(nameKey(sidecarPath(file)), owner);
	}

	#takeFile(key: string, owner: number): Clash | undefined {
		const same = this.#files.get(key);
		if (same !== undefined) return { other: same, kind: "name" };
		const inside = this.#folders.get(key);
		if (inside !== undefined) return { other: inside, kind: "folder" };
		this.#files.set(key, owner);
		// Above a folder that is known all are known.
		for (
			let folder = path.posix.dirname(key);
			!this.#folders.has(folder);
			folder = path.posix.dirname(folder)
		) {
			const above = this.#files.get(folder);
			if (above !== undefined) return { other: above, kind: "folder" };
			this.#folders.set(folder, owner);
		}
		return undefined;
	}
}

/**
 * @param mark placeholders that tell the runs apart
 * @throws {Failure} `usage` for two images that would be one file on some system, or a file where the other needs a folder
 */
export function checkCollisions(jobs: readonly Job[], mark = "{seed}"): void {
	const places = new TakenPlaces();
	for (const job of jobs)
		for (const at of wantedOf(job)) {
			const own = job.index + at - 1;
			const file = plannedPath(job, at, job.ref);
			const clash = file && places.take(file, job.output.sidecar, own);
			if (!clash) continue;
			throw new Failure("usage", clashOf(clash, own, plannedPath(job, at)), {
				hint:
					(job.images ?? 1) > 1
						? "put {index} in the template"
						: `put ${mark} or {index} in the template`,
			});
		}
}

function clashOf(
	{ kind, other }: Clash,
	own: number,
	file: string | null,
): string {
	return kind === "name"
		? `images ${other} and ${own} would share the name ${file}`
		: `image ${own} would be ${file}: that, or a part of it, is a file for one of images ${other} and ${own} and a folder for the other`;
}
