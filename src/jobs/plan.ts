import { randomUUID } from "node:crypto";
import type { Model } from "../runflow/catalogue.ts";
import { type Job, keyOf } from "./job.ts";
import { expandTemplate } from "./names.ts";
import { lateNames, outputTemplate } from "./output.ts";
import { checkCollisions, checkExtensions } from "./places.ts";
import { makeSeed } from "./seeds.ts";
import { slugOf } from "./slug.ts";

/** What one command asks for. */
export interface Order {
	readonly service: string;
	readonly model: Model;
	readonly prompt: string;
	/** Inputs of the model beside prompt and seed. */
	readonly params: Readonly<Record<string, unknown>>;
	/** One image for each entry; undefined: a fresh seed. */
	readonly seeds: readonly (number | undefined)[];
	/** File, folder, template or `-`, as the user wrote it; undefined: a name in the working folder. */
	readonly output: string | undefined;
	readonly force: boolean;
	readonly sidecar: boolean;
	readonly callbackUrl: string | undefined;
	readonly project: string | undefined;
	/** The command as it may be typed again. */
	readonly command: string;
}

/** One image of an order, before it is known whether a job of it is on disk already. */
export interface PlannedJob {
	readonly key: string;
	readonly job: Job;
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
	const template = await outputTemplate(
		order.output,
		order.seeds.length,
		world.cwd,
	);
	const group = randomUUID();
	const jobs = order.seeds.map((asked, at) => {
		const seed = asked ?? makeSeed(world.random);
		const index = at + 1;
		const output =
			template &&
			expandTemplate(template, valuesOf(order, seed, index, world), {
				keep: lateNames,
			});
		return {
			key: keyOf({
				service: order.service,
				model: order.model.id,
				input: { ...order.params, prompt: order.prompt, seed: asked },
				output: template ?? "-",
				copy: asked === undefined ? index : 1,
			}),
			job: makeJob(order, { seed, index, group, output }, world),
		};
	});
	checkExtensions(
		jobs.map(({ job }) => job),
		order.model,
	);
	checkCollisions(jobs.map(({ job }) => job));
	return jobs;
}

function makeJob(
	order: Order,
	image: { seed: number; index: number; group: string; output: string | null },
	{ nowMs }: World,
): Job {
	const ref = randomUUID();
	const input = { ...order.params, prompt: order.prompt, seed: image.seed };
	const body = {
		input,
		client_ref: ref,
		metadata: { job: ref },
		...(order.callbackUrl && { callback_url: order.callbackUrl }),
	};
	return {
		version: 1,
		ref,
		clientRef: ref,
		service: order.service,
		model: order.model.id,
		body: JSON.stringify(body),
		prompt: order.prompt,
		seed: image.seed,
		output: {
			path: image.output,
			force: order.force,
			sidecar: order.sidecar,
			formats: order.model.formats,
		},
		group: image.group,
		index: image.index,
		project: order.project,
		priceMicros: order.model.priceMicros,
		createdAt: new Date(nowMs).toISOString(),
		command: order.command,
		stage: { name: "planned" },
	};
}

function valuesOf(
	{ model, prompt, seeds }: Order,
	seed: number,
	index: number,
	{ nowMs }: World,
): Record<string, string> {
	return {
		index: String(index).padStart(String(seeds.length).length, "0"),
		seed: String(seed),
		slug: slugOf(prompt),
		model: model.id.split("/").slice(1).join("-"),
		date: localDate(nowMs),
	};
}

/** The day where the user is. */
export function localDate(nowMs: number): string {
	const date = new Date(nowMs);
	const two = (part: number) => String(part).padStart(2, "0");
	return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
