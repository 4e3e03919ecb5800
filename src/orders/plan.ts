import { randomUUID } from "node:crypto";
import { checkInput, type Input } from "../models/check-inputs.ts";
import { expectedFormats, imagesOf } from "../models/expected.ts";
import type { ImageFormat, Model } from "../models/model.ts";
import { estimatePrice } from "../models/price.ts";
import { expandTemplate } from "../names/expand.ts";
import { lateNames, outputTemplate } from "../names/output.ts";
import { checkExtensions } from "../names/places.ts";
import { slugOf } from "../names/slug.ts";
import { checkCollisions } from "../names/taken-places.ts";
import { dedupeKey, type Job } from "../purchase/job.ts";
import { makeSeed } from "./seeds.ts";

/** What one command asks for. */
export interface Order {
	readonly service: string;
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
	readonly force: boolean;
	readonly sidecar: boolean;
	readonly callbackUrl: string | undefined;
	readonly project: string | undefined;
	/** What an image is taken to cost where nobody knows, in micro-dollars. */
	readonly assumedMicros: number | undefined;
	/** The command as it may be typed again. */
	readonly command: string;
}

/** One run of an order, before it is known whether a job of it is on disk already. */
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
	const { model, params, seeds } = order;
	const runs = seeds.length;
	const images = imagesOf(params);
	const template = await outputTemplate(
		order.output,
		{ runs, images },
		world.cwd,
	);
	const takesSeed = takesInput(model, "seed");
	const group = randomUUID();
	const jobs = seeds.map((asked, at) => {
		const number = asked ?? makeSeed(world.random);
		const input = {
			...params,
			prompt: order.prompt,
			...(takesSeed && { seed: number }),
		};
		checkInput(model, input);
		const output =
			template &&
			expandTemplate(template, valuesOf(order, number, at + 1, images, world), {
				keep: lateNames(images),
			});
		return {
			key: dedupeKey({
				service: order.service,
				model: model.id,
				input: { ...params, prompt: order.prompt, seed: asked },
				output: template ?? "-",
				copy: asked === undefined ? at + 1 : 1,
			}),
			job: makeJob(
				order,
				input,
				{
					index: at * images + 1,
					group,
					output,
					isFresh: asked === undefined,
				},
				world,
			),
		};
	});
	checkExtensions(
		jobs.map(({ job }) => job),
		model,
		expectedFormats(model, params),
	);
	checkCollisions(jobs.map(({ job }) => job));
	return jobs;
}

/** Whether a model takes an input; of one that nobody has described it is hoped. */
export function takesInput({ inputs }: Model, name: string): boolean {
	return inputs === undefined || inputs.some((input) => input.name === name);
}

/** What an image may be, the likeliest first: what was asked for, then what else the model may deliver. */
export function formatsOf(model: Model, input: Input): readonly ImageFormat[] {
	const expected = expectedFormats(model, input);
	if (expected === model.formats) return expected;
	return [...new Set([...expected, ...model.formats])];
}

function makeJob(
	order: Order,
	input: Input & { readonly seed?: number },
	image: {
		index: number;
		group: string;
		output: string | null;
		/** Nobody asked for its seed. */
		isFresh: boolean;
	},
	{ nowMs }: World,
): Job {
	const { model } = order;
	const ref = randomUUID();
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
		model: model.id,
		body: JSON.stringify(body),
		files: order.files,
		prompt: order.prompt,
		seed: input.seed ?? null,
		...severalImages(input),
		output: {
			path: image.output,
			force: order.force,
			sidecar: order.sidecar,
			formats: formatsOf(model, input),
		},
		group: image.group,
		...(order.seeds.length > 1 && { groupSize: order.seeds.length }),
		index: image.index,
		project: order.project,
		...priceOf(model, input, order.assumedMicros),
		...(image.isFresh && { hasFreshSeed: true }),
		createdAt: new Date(nowMs).toISOString(),
		command: order.command,
		stage: { name: "planned" },
	};
}

/** The part of a job that says how many images its run makes, where they are several. */
export function severalImages(input: Input): Pick<Job, "images"> {
	const images = imagesOf(input);
	return images > 1 ? { images } : {};
}

/** The part of a job that says what its run will cost. */
export function priceOf(
	model: Model,
	input: Input,
	assumedMicros: number | undefined,
): Pick<Job, "priceMicros" | "isEstimate"> {
	const estimate = estimatePrice(model, input, assumedMicros);
	return {
		priceMicros: estimate?.micros,
		...(estimate?.isExact === false && { isEstimate: true }),
	};
}

function valuesOf(
	{ model, prompt, seeds }: Order,
	number: number,
	run: number,
	images: number,
	{ nowMs }: World,
): Record<string, string> {
	return {
		index: String(run).padStart(String(seeds.length).length, "0"),
		// Also where the model takes no seed: something must tell images of one prompt apart.
		seed: String(number),
		slug: slugOf(prompt),
		model: model.id.split("/").slice(1).join("-"),
		date: localDate(nowMs),
		...(images === 1 && { output: "1" }),
	};
}

/** The day where the user is. */
export function localDate(nowMs: number): string {
	const date = new Date(nowMs);
	const two = (part: number) => String(part).padStart(2, "0");
	return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
