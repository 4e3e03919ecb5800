import { randomUUID } from "node:crypto";
import { imagesOf } from "../models/expected.ts";
import { checkCollisions } from "../names/taken-places.ts";
import { withNames } from "../purchase/job.ts";
import type { Combination } from "../rows/combinations.ts";
import type { PlannedJob, Terms } from "./make-job.ts";
import { createPlanner, type RowOrder } from "./planner.ts";
import { makeSeed } from "./seeds.ts";

/** What a command without rows asks for: a batch of one row for each seed and prompt. */
export interface Order extends Omit<Terms, "createdAt">, RowOrder {
	readonly prompts: readonly Combination[];
	/** One run of each prompt for each entry; undefined: a fresh seed, which all prompts share: their images are to differ by their words alone. */
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
	const { prompts, seeds } = order;
	const runs = prompts.length * seeds.length;
	const mark = markOf(order);
	let fresh = 0;
	const plan = await createPlanner({
		...order,
		...world,
		allowsAbsolute: false,
		...{ runs, mark },
		countRows: async () => runs,
		keyedBy: "template",
		seedFor: () => fresh,
	});
	const group = randomUUID();
	const images = imagesOf(order.input);
	const planned: PlannedJob[] = [];
	let nth = 1;
	for (const seed of seeds) {
		fresh = seed ?? makeSeed(random);
		for (const prompt of prompts) {
			const row = { ...prompt, seed, output: undefined, count: 1, columns: {} };
			const place = { ordinal: nth, index: 1 + (nth - 1) * images };
			nth += 1;
			for (const { job, ...one } of await plan(row, order, place)) {
				const ref = randomUUID();
				planned.push({
					...one,
					job: {
						...withNames(job, { ref, clientRef: ref, group }),
						...(runs > 1 && { groupSize: runs }),
						...(seed === undefined && { hasFreshSeed: true }),
					},
				});
			}
		}
	}
	checkCollisions(
		planned.map(({ job }) => job),
		mark,
	);
	return planned;
}

/** Combinations share a seed. */
function markOf({ prompts, seeds }: Order): string {
	const words = prompts[0]?.choices.map((_, at) => `{${at + 1}}`) ?? [];
	const isBySeed = words.length === 0 || seeds.length > 1;
	return [...words, ...(isBySeed ? ["{seed}"] : [])].join("-");
}
