import type { Acquired } from "../purchase/acquire.ts";
import { type Job, wantedOf } from "../purchase/job.ts";
import type { ImageRecord } from "../record.ts";

export interface QueuedRun {
	readonly job: Job;
	/** Of its first image, from 1. */
	readonly index: number;
	/** Which images of its run are told; all where it is missing. */
	readonly wanted?: readonly number[];
	/** Of the file of rows. */
	readonly line?: number | undefined;
	/** Every key or column of its row as text. */
	readonly columns?: Readonly<Record<string, string>> | undefined;
	/** Acquires the lease of its job, right before the work on it. @param stop aborts when nothing more is to be bought */
	acquire(stop: AbortSignal): Promise<Acquired>;
}

/** Runs whose leases are held already, one after the other; of each only what is not saved yet is told. */
export function queueOf(taken: readonly Acquired[]): readonly QueuedRun[] {
	let index = 1;
	return taken.map((one) => {
		const job = jobOf(one);
		const wanted = wantedOf(job);
		const queued = { job, index, wanted, acquire: async () => one };
		index += wanted.length;
		return queued;
	});
}

export function countImages(queue: readonly QueuedRun[]): number {
	return queue.reduce((sum, { job }) => sum + wantedOf(job).length, 0);
}

export function jobOf(one: Acquired): Job {
	return "held" in one ? one.held.job : one.job;
}

/** The record of an image by its place among those of the command. */
export function placed(
	one: ImageRecord,
	{ index, wanted, line }: QueuedRun,
): ImageRecord {
	const output = one.output ?? 1;
	const nth = wanted ? wanted.indexOf(output) : output - 1;
	return {
		...one,
		index: index + nth,
		...(line !== undefined && { line }),
	};
}
