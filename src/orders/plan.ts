import { randomUUID } from "node:crypto";
import { checkInput, type Input } from "../models/check-inputs.ts";
import { imagesOf } from "../models/expected.ts";
import type { Model } from "../models/model.ts";
import { expandTemplate } from "../names/expand.ts";
import { lateNames, outputTemplate } from "../names/output.ts";
import { slugOf } from "../names/slug.ts";
import { checkCollisions } from "../names/taken-places.ts";
import { dedupeKey, type Job, withNames } from "../purchase/job.ts";
import { localDate } from "../system/local-date.ts";
import {
	makeJob,
	type PlannedJob,
	type Terms,
	takesInput,
} from "./make-job.ts";
import { makeSeed } from "./seeds.ts";

/** What a command without rows asks for. */
export interface Order extends Omit<Terms, "nowMs"> {
	readonly model: Model;
	readonly prompt: string;
	/** Inputs of the model beside prompt and seed; files of this machine by the names that `files` has. */
	readonly params: Input;
	/** The files that the inputs name. */
	readonly files: Job["files"];
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
	world: World,
): Promise<readonly PlannedJob[]> {
	const { model, prompt, params, files, seeds } = order;
	const images = imagesOf(params);
	const template = await outputTemplate(
		order.output,
		{ runs: seeds.length, images },
		world.cwd,
	);
	const takesSeed = takesInput(model, "seed");
	const group = randomUUID();
	const planned = seeds.map((asked, at) => {
		const number = asked ?? makeSeed(world.random);
		const input = { ...params, prompt, ...(takesSeed && { seed: number }) };
		checkInput(model, input);
		const output =
			template &&
			expandTemplate(template, valuesOf(order, number, at + 1, world), {
				keep: lateNames(images),
			});
		const index = at * images + 1;
		const ref = randomUUID();
		const job = makeJob(
			{ model, input, files, output, index },
			{ ...order, nowMs: world.nowMs },
		);
		const key = dedupeKey({
			service: order.service,
			model: model.id,
			input: { ...params, prompt, seed: asked },
			output: template ?? "-",
			copy: asked === undefined ? at + 1 : 1,
		});
		return {
			key,
			job: {
				...withNames(job, { ref, clientRef: ref, group }),
				...(seeds.length > 1 && { groupSize: seeds.length }),
				...(asked === undefined && { hasFreshSeed: true }),
			},
		};
	});
	checkCollisions(planned.map(({ job }) => job));
	return planned;
}

function valuesOf(
	{ model, prompt, params, seeds }: Order,
	number: number,
	run: number,
	{ nowMs }: World,
): Record<string, string> {
	return {
		index: String(run).padStart(String(seeds.length).length, "0"),
		// Also where the model takes no seed: something must tell images of one prompt apart.
		seed: String(number),
		slug: slugOf(prompt),
		model: model.id.split("/").slice(1).join("-"),
		date: localDate(new Date(nowMs)),
		...(imagesOf(params) === 1 && { output: "1" }),
	};
}
