import { randomUUID } from "node:crypto";
import { checkCollisions } from "../names/taken-places.ts";
import { withNames } from "../purchase/job.ts";
import type { PlannedJob, Terms } from "./make-job.ts";
import { createPlanner, type RowOrder } from "./planner.ts";
import { makeSeed } from "./seeds.ts";

/** What a command without rows asks for: a batch of one row for each seed. */
export interface Order extends Omit<Terms, "nowMs">, RowOrder {
	readonly prompt: string;
	/** One run for each entry; undefined: a fresh seed. */
	readonly seeds: readonly (number | undefined)[];
	/** File, folder, template or `-`, as the user wrote it; undefined: a name in the working folder. */
	readonly output: string | undefined;
}

interface World {
	readonly cwd: string;
	readonly nowMs: number;
	readonly random: () => number;
}

/**
 * Turns an order into jobs. Nothing is sent and nothing is made on disk.
 * @throws {Failure} `usage` for what cannot be
 */
export async function planJobs(
	order: Order,
	{ random, ...world }: World,
): Promise<readonly PlannedJob[]> {
	const { prompt, seeds } = order;
	const plan = await createPlanner({
		...order,
		...world,
		allowsAbsolute: false,
		runs: seeds.length,
		countRows: async () => seeds.length,
		keyedBy: "template",
		seedFor: () => makeSeed(random),
	});
	const group = randomUUID();
	const planned: PlannedJob[] = [];
	for (const seed of seeds) {
		const row = { prompt, seed, output: undefined, count: 1, columns: {} };
		for (const { job, ...one } of await plan(row, order)) {
			const ref = randomUUID();
			planned.push({
				...one,
				job: {
					...withNames(job, { ref, clientRef: ref, group }),
					...(seeds.length > 1 && { groupSize: seeds.length }),
					...(seed === undefined && { hasFreshSeed: true }),
				},
			});
		}
	}
	checkCollisions(planned.map(({ job }) => job));
	return planned;
}
