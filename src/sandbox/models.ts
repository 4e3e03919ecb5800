import { inputs, type ModelInput } from "./model-inputs.ts";
import type { PictureFormat, PictureKind } from "./records.ts";

/** A model as the sandbox offers it. */
export interface SandboxModel {
	/** `owner/slug`, or with more segments */
	readonly id: string;
	readonly name: string;
	readonly description: string;
	readonly maxResolution: string;
	/** The words of the catalogue about the price; null where it keeps silent. */
	readonly pricingNote: string | null;
	readonly inputs: readonly ModelInput[];
	/** True where one of `image_url` and `image_urls` must be there. */
	readonly needsImage: boolean;
	/** What it delivers where the input does not say. */
	readonly picture: PictureKind;
	/** Micro-dollars of one picture. */
	readonly price: (
		kind: PictureKind,
		input: Readonly<Record<string, unknown>>,
	) => number;
}

const { prompt, seed, negativePrompt, imageUrl, imageUrls } = inputs;

const ultraPicture = picture(2752, 1536, "jpeg");
const square = picture(1024, 1024, "jpeg");

const klein = {
	description: "Fast text to image with native editing.",
	maxResolution: "1024x1024",
	picture: square,
};

const kleinInputs = [
	prompt,
	inputs.imageSizeName,
	inputs.count,
	inputs.integer("num_inference_steps", 1, 50, 4),
	seed,
	inputs.format(["jpeg", "png", "webp"], "jpeg"),
	inputs.flag("enable_safety_checker", true),
];

const gptInputs = [
	prompt,
	inputs.count,
	inputs.format(["png"], "png"),
	inputs.imageSize,
	inputs.choice("quality", ["auto", "low", "medium", "high"], "high"),
	inputs.flag("sync_mode", false),
];

const gpt = {
	description: "Detailed images with fine typography.",
	maxResolution: "1536x1024",
	pricingNote: "$0.133 per image at high quality",
	picture: picture(1024, 1024, "png"),
	price: gptPrice,
};

/**
 * The family. Ids, prices and names of inputs: vendor documentation; ranges, formats and sizes that it does not name
 * are inferred, and so are the id, the price and the image inputs of Ultra Edit.
 */
export const models: readonly SandboxModel[] = [
	{
		id: "black-forest-labs/flux-1-1-pro-ultra",
		name: "FLUX 1.1 [pro] Ultra",
		description: "Text to image at about 4 megapixels.",
		maxResolution: "4MP",
		pricingNote: "$0.06 per image",
		inputs: [prompt, seed],
		needsImage: false,
		picture: ultraPicture,
		price: () => 60_000,
	},
	{
		id: "black-forest-labs/flux-1-1-pro-ultra/edit",
		name: "FLUX 1.1 [pro] Ultra Edit",
		description: "Image to image at about 4 megapixels.",
		maxResolution: "4MP",
		pricingNote: null,
		inputs: [prompt, imageUrl, imageUrls, seed],
		needsImage: true,
		picture: ultraPicture,
		price: () => 60_000,
	},
	{
		id: "black-forest-labs/flux-1-1-pro",
		name: "FLUX 1.1 [pro]",
		description: "Text to image at about 1 megapixel.",
		maxResolution: "1440x1440",
		pricingNote: "$0.04 per image",
		inputs: [
			prompt,
			seed,
			inputs.integer("width", 256, 1440, 1024),
			inputs.integer("height", 256, 1440, 1024),
		],
		needsImage: false,
		picture: square,
		price: () => 40_000,
	},
	{
		id: "bytedance/sd-xl-lightning",
		name: "SDXL-Lightning",
		description: "Text to image in four steps.",
		maxResolution: "1024x1024",
		pricingNote: "$0.003 per image",
		inputs: [
			prompt,
			negativePrompt,
			seed,
			inputs.integer("width", 256, 1536, 1024),
			inputs.integer("height", 256, 1536, 1024),
			inputs.number("guidance", 0, 20, 0),
			inputs.integer("steps", 1, 12, 4),
		],
		needsImage: false,
		picture: square,
		price: () => 3_000,
	},
	{
		...gpt,
		id: "openai/gpt-image-2",
		name: "GPT Image 2",
		inputs: gptInputs,
		needsImage: false,
	},
	{
		...gpt,
		id: "openai/gpt-image-2/edit",
		name: "GPT Image 2 Edit",
		inputs: [...gptInputs, { ...imageUrls, required: true }, inputs.maskUrl],
		needsImage: true,
	},
	{
		...klein,
		id: "black-forest-labs/flux-2-klein-9b",
		name: "FLUX.2 [klein] 9B",
		pricingNote: "$0.006 per megapixel",
		inputs: kleinInputs,
		needsImage: false,
		price: (kind) => perMegapixel(6_000, kind),
	},
	{
		...klein,
		id: "black-forest-labs/flux-2-klein-9b/edit",
		name: "FLUX.2 [klein] 9B Edit",
		pricingNote: "$0.011 per megapixel",
		inputs: [...kleinInputs, imageUrl, imageUrls],
		needsImage: true,
		price: (kind) => perMegapixel(11_000, kind),
	},
	{
		// In no table but the catalogue: for clients to prove what they do with a model that they have never heard of.
		id: "sandbox/novelty",
		name: "Novelty",
		description: "A model that exists on the sandbox alone.",
		maxResolution: "2048x2048",
		pricingNote: null,
		inputs: [
			prompt,
			seed,
			inputs.integer("width", 64, 2048, 1024),
			inputs.integer("height", 64, 2048, 1024),
			inputs.choice("style", ["plain", "bold"], "plain"),
			inputs.number("strength", 0, 1, 0.5),
		],
		needsImage: false,
		picture: picture(1024, 1024, "webp"),
		price: () => 25_000,
	},
];

export function findModel(id: string): SandboxModel | undefined {
	return models.find((model) => model.id === id);
}

/** The model of a path without the owner, as the overview of Ultra shows it. */
export function findModelByShortPath(path: string): SandboxModel | undefined {
	return models.find(({ id }) => id.slice(id.indexOf("/") + 1) === path);
}

function picture(
	width: number,
	height: number,
	format: PictureFormat,
): PictureKind {
	return { width, height, format };
}

function perMegapixel(micros: number, { width, height }: PictureKind): number {
	return Math.round((micros * width * height) / 1_000_000);
}

function gptPrice(
	_kind: PictureKind,
	input: Readonly<Record<string, unknown>>,
): number {
	// Only the price of `high` is documented; the other two are made up, so that a bill can differ from an estimate.
	if (input.quality === "low") return 17_000;
	return input.quality === "medium" ? 53_000 : 133_000;
}
