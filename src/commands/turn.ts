import type { Acquired } from "../purchase/acquire.ts";
import { type Job, wantedOf } from "../purchase/job.ts";
import type { ImageRecord } from "../record.ts";

/** A run whose turn is to come. */
export interface Turn {
	/** As it was planned, or found. */
	readonly job: Job;
	/** Of its first image, from 1. */
	readonly index: number;
	/** Which images of its run are told; all where it is missing. */
	readonly wanted?: readonly number[];
	/** Of the file of rows. */
	readonly line?: number | undefined;
	/** Every key or column of its row as text. */
	readonly columns?: Readonly<Record<string, string>> | undefined;
	/** Takes its job in hand, right before the work on it. @param stop aborts when nothing more is to be bought */
	take(stop: AbortSignal): Promise<Acquired>;
}

/** Runs that are in hand already, one after the other; of each only what is not home is told. */
export function turnsOf(taken: readonly Acquired[]): readonly Turn[] {
	let index = 1;
	return taken.map((one) => {
		const job = jobOf(one);
		const wanted = wantedOf(job);
		const turn = { job, index, wanted, take: async () => one };
		index += wanted.length;
		return turn;
	});
}

export function countImages(turns: readonly Turn[]): number {
	return turns.reduce((sum, { job }) => sum + wantedOf(job).length, 0);
}

export function jobOf(one: Acquired): Job {
	return "held" in one ? one.held.job : one.job;
}

/** The record of an image by its place among those of the command. */
export function placed(
	one: ImageRecord,
	{ index, wanted, line }: Turn,
): ImageRecord {
	const output = one.output ?? 1;
	const nth = wanted ? wanted.indexOf(output) : output - 1;
	return {
		...one,
		index: index + nth,
		...(line !== undefined && { line }),
	};
}
