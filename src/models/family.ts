import { namedSizes } from "./image-size.ts";
import { inputs } from "./inputs.ts";
import type { Model, ModelInput } from "./model.ts";

const { prompt, seed, imageUrl, imageUrls } = inputs;

const anyFormat = ["jpeg", "png", "webp"] as const;
const documented = {
	id: "documented",
	price: "documented",
	inputs: "documented",
	output: "inferred",
} as const;

const ultra: Model = {
	id: "black-forest-labs/flux-1-1-pro-ultra",
	name: "FLUX 1.1 [pro] Ultra",
	aliases: ["ultra", "flux-1-1-pro-ultra"],
	summary: "text to image at about 4 megapixels",
	inputs: [prompt, seed],
	price: { per: "image", micros: 60_000 },
	formats: ["jpeg"],
	size: undefined,
	maxResolution: "about 4 MP",
	edit: "black-forest-labs/flux-1-1-pro-ultra/edit",
	likelyEndMs: { from: 3_000, to: 15_000 },
	sure: { ...documented, output: "documented" },
	source: "table",
};

const gpt: Model = {
	id: "openai/gpt-image-2",
	name: "GPT Image 2",
	aliases: ["gpt", "gpt-image-2"],
	summary: "detailed images with fine typography",
	inputs: [
		prompt,
		inputs.numImages,
		inputs.choice("output_format", ["png", "jpeg"], "png"),
		inputs.size,
		inputs.choice("quality", ["auto", "low", "medium", "high"], "high"),
		inputs.flag("sync_mode"),
	],
	// The document names the price of `high` alone; the others are taken to cost no more.
	price: {
		per: "choice",
		input: "quality",
		micros: { high: 133_000 },
		most: 133_000,
	},
	formats: ["png", "jpeg"],
	size: namedSizes.landscape_4_3,
	maxResolution: "3840 × 2160",
	edit: "openai/gpt-image-2/edit",
	likelyEndMs: { from: 10_000, to: 60_000 },
	sure: documented,
	source: "table",
};

const klein: Model = {
	id: "black-forest-labs/flux-2-klein-9b",
	name: "FLUX.2 [klein] 9B",
	aliases: ["klein", "flux-2-klein-9b"],
	summary: "fast text to image, crisp text",
	inputs: [
		prompt,
		inputs.sizeName,
		inputs.numImages,
		inputs.integer("num_inference_steps", 1, 50),
		seed,
		inputs.choice("output_format", anyFormat, "jpeg"),
		inputs.flag("enable_safety_checker"),
	],
	price: { per: "megapixel", micros: 6_000 },
	formats: anyFormat,
	size: { width: 1024, height: 1024 },
	maxResolution: "about 1 MP",
	edit: "black-forest-labs/flux-2-klein-9b/edit",
	likelyEndMs: { from: 500, to: 6_000 },
	sure: documented,
	source: "table",
};

/**
 * The family, as public documents establish it: ids, prices and names of inputs are documented unless `sure` says
 * otherwise; ranges, default sizes and run times are inferred. What the live catalogue says beats all of it.
 */
export const family: readonly Model[] = [
	ultra,
	{
		...ultra,
		id: "black-forest-labs/flux-1-1-pro-ultra/edit",
		name: "FLUX 1.1 [pro] Ultra Edit",
		aliases: ["ultra-edit", "flux-1-1-pro-ultra-edit"],
		edit: undefined,
		summary: "image to image at about 4 megapixels",
		inputs: [prompt, seed, imageUrl, imageUrls],
		price: { per: "unknown" },
		sure: {
			id: "inferred",
			price: "unknown",
			inputs: "inferred",
			output: "inferred",
		},
	},
	{
		id: "black-forest-labs/flux-1-1-pro",
		name: "FLUX 1.1 [pro]",
		aliases: ["pro", "flux-1-1-pro"],
		summary: "text to image at about 1 megapixel",
		inputs: [
			prompt,
			seed,
			inputs.integer("width", 256, 1440),
			inputs.integer("height", 256, 1440),
		],
		price: { per: "image", micros: 40_000 },
		formats: anyFormat,
		size: undefined,
		maxResolution: "1440 × 1440",
		likelyEndMs: { from: 1_500, to: 8_000 },
		sure: documented,
		source: "table",
	},
	{
		id: "bytedance/sd-xl-lightning",
		name: "SDXL-Lightning",
		aliases: ["lightning", "sd-xl-lightning", "sdxl-lightning"],
		summary: "text to image in four steps",
		inputs: [
			prompt,
			inputs.negativePrompt,
			seed,
			inputs.integer("width", 256, 1536),
			inputs.integer("height", 256, 1536),
			inputs.number("guidance", 0, 20),
			{ ...inputs.integer("steps", 1, 12), initial: 4 },
		],
		price: { per: "image", micros: 3_000 },
		formats: anyFormat,
		size: undefined,
		maxResolution: "about 1 MP",
		likelyEndMs: { from: 300, to: 4_000 },
		sure: documented,
		source: "table",
	},
	gpt,
	{
		...gpt,
		id: "openai/gpt-image-2/edit",
		name: "GPT Image 2 Edit",
		aliases: ["gpt-edit", "gpt-image-2-edit"],
		edit: undefined,
		summary: "changes images, also behind a mask",
		inputs: [
			...replaced(gpt.inputs, {
				...inputs.size,
				choices: ["auto", ...inputs.size.choices],
				initial: "auto",
			}),
			{ ...imageUrls, isRequired: true },
			inputs.maskUrl,
		],
		size: undefined,
		sure: { ...documented, price: "inferred" },
	},
	klein,
	{
		...klein,
		id: "black-forest-labs/flux-2-klein-9b/edit",
		name: "FLUX.2 [klein] 9B Edit",
		aliases: ["klein-edit", "flux-2-klein-9b-edit"],
		edit: undefined,
		summary: "fast changes of an image",
		inputs: [
			...replaced(
				klein.inputs,
				inputs.choice("output_format", anyFormat, "png"),
			),
			{ ...imageUrls, isRequired: true },
		],
		price: { per: "megapixel", micros: 11_000, countsInputs: true },
		sure: documented,
	},
];

/** A sibling's inputs, of which one is another. */
function replaced(
	siblings: readonly ModelInput[] = [],
	own: ModelInput,
): readonly ModelInput[] {
	return siblings.map((input) => (input.name === own.name ? own : input));
}
