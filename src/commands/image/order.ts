import fs from "node:fs/promises";
import path from "node:path";
import { Failure } from "../../errors.ts";
import { type Catalogue, inOwnWords } from "../../models/catalogue.ts";
import type { Model } from "../../models/model.ts";
import { takesInput } from "../../orders/make-job.ts";
import type { Order } from "../../orders/plan.ts";
import { parseSeed, parseSeeds } from "../../orders/seeds.ts";
import { maxImages } from "../../rows/row.ts";
import { parseCount, parseUsd, readOption } from "../../settings/parse.ts";
import { retypeIn, withSandbox } from "../retype.ts";
import { chooseModel } from "../session/choose-model.ts";
import type { ListenFlags } from "../session/listening.ts";
import type { Session, SessionOptions } from "../session/session.ts";
import { type EachFlags, readSample } from "./each.ts";
import { type FromFlags, tellRecipe, withRecipeInputs } from "./from.ts";
import { type InputFlags, readInputs, requestedFormat } from "./input-flags.ts";
import {
	type ImageFlags,
	type Images,
	imageInputs,
	modelForImages,
	readImages,
} from "./inputs.ts";

export interface ImageOptions
	extends SessionOptions,
		InputFlags,
		ImageFlags,
		FromFlags,
		EachFlags,
		ListenFlags {
	readonly seed?: string;
	readonly seeds?: string;
	readonly count?: string;
	readonly assumePrice?: string;
	readonly force?: boolean;
	readonly yes?: boolean;
}

/**
 * What one command asks for, and what takes away the copy of an image that came on stdin.
 * @throws {Failure} `usage` for what cannot be
 */
export async function readOrder(
	prompts: Order["prompts"],
	options: ImageOptions,
	callbackUrl: string | undefined,
	session: Session,
): Promise<{ readonly order: Order; readonly forget: () => Promise<void> }> {
	const { settings, service, runtime, catalogue, folders } = session;
	const { recipe } = options;
	const output = settings.output.value;
	const asked = await chooseModel(options.dryRun === true, session);
	const model = modelForImages(asked, options, catalogue);
	const seeds = seedsFor(prompts.length, model, options);
	const inputsBy = (words: Catalogue, images: Omit<Images, "files">) => {
		const asks = words.find(settings.model.value);
		const model = modelForImages(asks, options, words);
		const params = readInputs(options, model, words);
		const format = requestedFormat(output, model, params);
		return {
			model,
			input: {
				...withRecipeInputs(recipe, { ...params, ...format }, model),
				...imageInputs(images, model),
			},
		};
	};
	// What is wrong with them is found before stdin is read.
	const { input } = inputsBy(catalogue, {
		images: options.image ?? [],
		mask: options.mask,
	});
	tellRecipe({ options, prompts, seeds, model, input }, session);
	const spool = path.join(folders.state, "incoming");
	const images = await readImages(options, spool, runtime);
	const order = {
		service,
		prompts,
		...inputsBy(catalogue, images),
		inOwnWords: inOwnWords((table) => inputsBy(table, images)),
		files: images.files,
		seeds,
		output,
		force: options.force === true,
		sidecar: settings.sidecar.value,
		callbackUrl,
		project: settings.project.value,
		assumedMicros: readAssumedPrice(options),
		command: retypeIn(runtime.cwd, withSandbox(runtime.argv, service)),
	};
	const spooled = images.files.filter((file) => file.path.startsWith(spool));
	return {
		order,
		async forget() {
			for (const file of spooled)
				await fs.rm(file.path, { force: true }).catch(() => {});
		},
	};
}

/** The seeds of each prompt. @throws {Failure} `usage` for what the model, or one command, does not take */
function seedsFor(
	prompts: number,
	model: Model,
	options: ImageOptions,
): Order["seeds"] {
	const takesSeed = takesInput(model, "seed");
	const seeds = readSeeds(
		options,
		takesSeed ? options.recipe?.seed : undefined,
	);
	if (seeds.some((seed) => seed !== undefined) && !takesSeed)
		throw new Failure("usage", `${model.name} takes no seed`, {
			hint: "without --seed and --seeds; several images: --count 4",
		});
	const images = prompts * seeds.length;
	if (images > maxImages)
		throw new Failure(
			"usage",
			`all combinations with each seed are ${images} images; at most ${maxImages} in one command`,
			{ hint: "fewer seeds, or some of the combinations: --sample 8" },
		);
	return seeds;
}

/** One seed for each image; undefined where one is to be made. @param usual where the command names none */
function readSeeds(
	{ seed, seeds, count }: ImageOptions,
	usual: number | undefined,
): readonly (number | undefined)[] {
	const given = Object.entries({
		"--seed": seed,
		"--seeds": seeds,
		"--count": count,
	})
		.filter(([, value]) => value !== undefined)
		.map(([name]) => name);
	if (given.length > 1)
		throw new Failure("usage", `${given.join(" and ")} exclude one another`, {
			hint: "several images of known seeds: --seeds 5-8; of fresh ones: --count 4",
		});
	if (seeds !== undefined) return parseSeeds(seeds);
	if (seed !== undefined) return [readOption("--seed", () => parseSeed(seed))];
	if (count === undefined) return [usual];
	const images = readOption("--count", () =>
		parseCount(count, { max: maxImages }),
	);
	return Array.from({ length: images }, () => undefined);
}

/** What can be said of numbers before anything else is known. @throws {Failure} `usage` */
export function readNumbers(options: ImageOptions): void {
	readSeeds(options, undefined);
	readAssumedPrice(options);
	readSample(options);
}

export function readAssumedPrice({
	assumePrice,
}: Pick<ImageOptions, "assumePrice">): number | undefined {
	if (assumePrice === undefined) return undefined;
	return readOption("--assume-price", () => parseUsd(assumePrice));
}
