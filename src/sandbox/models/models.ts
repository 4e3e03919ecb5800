import type { PictureSize } from "../options.ts";
import type { PictureFormat, PictureKind } from "../state/records.ts";
import { choice, input, integer, type ModelInput } from "./inputs.ts";

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

const prompt = input("prompt", "string", {
	description: "What the picture shows.",
	limits: { min_length: 1 },
	required: true,
});
const seed = input("seed", "integer", {
	description: "Same seed and prompt, same picture.",
	limits: { min: 0, max: Number.MAX_SAFE_INTEGER },
});
const imageUrl = input("image_url", "image", {
	description: "The picture to start from.",
});
const imageUrls = input("image_urls", "images", {
	description: "The pictures to start from.",
	limits: { max_items: 10 },
});
const count = integer("num_images", 1, 4, 1);

// The pixels behind the names are inferred from other hosts of the same model.
export const namedSizes: ReadonlyMap<string, PictureSize> = new Map([
	["square_hd", { width: 1024, height: 1024 }],
	["square", { width: 512, height: 512 }],
	["portrait_4_3", { width: 768, height: 1024 }],
	["portrait_16_9", { width: 576, height: 1024 }],
	["landscape_4_3", { width: 1024, height: 768 }],
	["landscape_16_9", { width: 1024, height: 576 }],
]);

const ultra: SandboxModel = {
	id: "black-forest-labs/flux-1-1-pro-ultra",
	name: "FLUX 1.1 [pro] Ultra",
	description: "Text to image at about 4 megapixels.",
	maxResolution: "4MP",
	pricingNote: "$0.06 per image",
	inputs: [prompt, seed],
	needsImage: false,
	picture: picture(2752, 1536, "jpeg"),
	price: () => 60_000,
};

export const ultraEdit: SandboxModel = {
	...ultra,
	id: `${ultra.id}/edit`,
	name: `${ultra.name} Edit`,
	description: "Image to image at about 4 megapixels.",
	pricingNote: null,
	inputs: [prompt, imageUrl, imageUrls, seed],
	needsImage: true,
};

const gpt: SandboxModel = {
	id: "openai/gpt-image-2",
	name: "GPT Image 2",
	description: "Detailed images with fine typography.",
	maxResolution: "3840x2160",
	pricingNote: "$0.133 per image at high quality",
	inputs: [
		prompt,
		count,
		choice("output_format", ["png", "jpeg"], "png"),
		gptSize([...namedSizes.keys()], "landscape_4_3"),
		choice("quality", ["auto", "low", "medium", "high"], "high"),
		input("sync_mode", "boolean", { defaultValue: false }),
	],
	needsImage: false,
	picture: picture(1024, 768, "png"),
	// Only the price of `high` is documented; the other two are made up, so that a bill can differ from an estimate.
	price: (_kind, { quality }) =>
		quality === "low" ? 17_000 : quality === "medium" ? 53_000 : 133_000,
};

const klein: SandboxModel = {
	id: "black-forest-labs/flux-2-klein-9b",
	name: "FLUX.2 [klein] 9B",
	description: "Fast text to image with native editing.",
	maxResolution: "1024x1024",
	pricingNote: "$0.006 per megapixel",
	inputs: [
		prompt,
		choice("image_size", [...namedSizes.keys()], "square_hd"),
		count,
		integer("num_inference_steps", 1, 50, 4),
		seed,
		choice("output_format", ["jpeg", "png", "webp"], "jpeg"),
		input("enable_safety_checker", "boolean", { defaultValue: true }),
	],
	needsImage: false,
	picture: picture(1024, 1024, "jpeg"),
	price: (kind) => perMegapixel(6_000, kind),
};

/**
 * The family. Ids, prices and names of inputs: vendor documentation; ranges, formats and sizes that it does not name
 * are inferred, and so are the id, the price and the image inputs of Ultra Edit.
 */
export const models: readonly SandboxModel[] = [
	ultra,
	ultraEdit,
	{
		...ultra,
		id: "black-forest-labs/flux-1-1-pro",
		name: "FLUX 1.1 [pro]",
		description: "Text to image at about 1 megapixel.",
		maxResolution: "1440x1440",
		pricingNote: "$0.04 per image",
		inputs: [
			prompt,
			seed,
			integer("width", 256, 1440, 1024),
			integer("height", 256, 1440, 1024),
		],
		picture: picture(1024, 1024, "jpeg"),
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
			input("negative_prompt", "string", {
				description: "What the picture must not show.",
			}),
			seed,
			integer("width", 256, 1536, 1024),
			integer("height", 256, 1536, 1024),
			{ ...integer("guidance", 0, 20, 0), type: "number" },
			integer("steps", 1, 12, 4),
		],
		needsImage: false,
		picture: picture(1024, 1024, "jpeg"),
		price: () => 3_000,
	},
	gpt,
	{
		...gpt,
		id: `${gpt.id}/edit`,
		name: `${gpt.name} Edit`,
		inputs: [
			...replaced(gpt.inputs, gptSize(["auto", ...namedSizes.keys()], "auto")),
			{ ...imageUrls, required: true },
			input("mask_url", "image", {
				description: "Where the picture may change.",
			}),
		],
		needsImage: true,
	},
	klein,
	{
		...klein,
		id: `${klein.id}/edit`,
		name: `${klein.name} Edit`,
		pricingNote: "$0.011 per megapixel of input and output",
		inputs: [
			...replaced(
				klein.inputs,
				choice("output_format", ["jpeg", "png", "webp"], "png"),
			),
			{ ...imageUrls, required: true },
		],
		needsImage: true,
		picture: picture(1024, 1024, "png"),
		// No picture that comes in is looked at: each is taken to have as many pixels as the one that goes out.
		price: (kind, { image_urls: images }) =>
			perMegapixel(11_000, kind) *
			(Array.isArray(images) ? 1 + images.length : 1),
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
			integer("width", 64, 2048, 1024),
			integer("height", 64, 2048, 1024),
			choice("style", ["plain", "bold"], "plain"),
			{ ...integer("strength", 0, 1, 0.5), type: "number" },
		],
		needsImage: false,
		picture: picture(1024, 1024, "webp"),
		price: () => 25_000,
	},
];

/** A name, or {width, height} (vendor documentation). */
function gptSize(names: readonly string[], defaultValue: string): ModelInput {
	return input("image_size", "size", {
		description: "A name, or {width, height} in pixels.",
		limits: {
			choices: names,
			multiple_of: 16,
			max_edge: 3840,
			max_ratio: 3,
			min_pixels: 655_360,
			max_pixels: 8_294_400,
		},
		defaultValue,
	});
}

/** The inputs of a sibling, of which one is another. */
function replaced(
	siblings: readonly ModelInput[],
	own: ModelInput,
): readonly ModelInput[] {
	return siblings.map((one) => (one.name === own.name ? own : one));
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
