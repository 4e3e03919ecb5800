import { Failure } from "../errors.ts";

export type ImageFormat = "jpeg" | "png" | "webp";

/** What we know of a model before it is asked. The service's live catalogue knows better. */
export interface Model {
	/** `owner/slug`, as the API's paths have it. */
	readonly id: string;
	readonly name: string;
	/** Short names for `-m`. */
	readonly aliases: readonly string[];
	/** Names of its inputs beside prompt and seed. */
	readonly inputs: readonly string[];
	/** Price of one image in micro-dollars; undefined where it is not a fixed sum an image, or not known. */
	readonly priceMicros: number | undefined;
	/** What it delivers; several where nobody has said which. The first names files. */
	readonly formats: readonly ImageFormat[];
	/** When the end of a run is likely, in milliseconds after its creation: polled closely there. */
	readonly likelyEndMs: { readonly from: number; readonly to: number };
}

const anyFormat = ["jpeg", "png", "webp"] as const;

/** The family (prices and ids: vendor documentation; run times of all but Ultra: inferred). */
const models: readonly Model[] = [
	{
		id: "black-forest-labs/flux-1-1-pro-ultra",
		name: "FLUX 1.1 [pro] Ultra",
		aliases: ["flux-1-1-pro-ultra", "ultra"],
		inputs: [],
		priceMicros: 60_000,
		formats: ["jpeg"],
		likelyEndMs: { from: 3_000, to: 15_000 },
	},
	{
		id: "black-forest-labs/flux-1-1-pro",
		name: "FLUX 1.1 [pro]",
		aliases: ["flux-1-1-pro", "pro"],
		inputs: ["width", "height"],
		priceMicros: 40_000,
		formats: anyFormat,
		likelyEndMs: { from: 1_500, to: 8_000 },
	},
	{
		id: "bytedance/sd-xl-lightning",
		name: "SDXL-Lightning",
		aliases: ["sd-xl-lightning", "sdxl-lightning", "lightning"],
		inputs: ["negative_prompt", "width", "height", "guidance", "steps"],
		priceMicros: 3_000,
		formats: anyFormat,
		likelyEndMs: { from: 300, to: 4_000 },
	},
	{
		id: "openai/gpt-image-2",
		name: "GPT Image 2",
		aliases: ["gpt-image-2"],
		inputs: [
			"num_images",
			"output_format",
			"image_size",
			"quality",
			"sync_mode",
		],
		priceMicros: 133_000,
		formats: ["png", "jpeg", "webp"],
		likelyEndMs: { from: 10_000, to: 60_000 },
	},
	{
		id: "black-forest-labs/flux-2-klein-9b",
		name: "FLUX.2 [klein] 9B",
		aliases: ["flux-2-klein-9b", "klein"],
		inputs: [
			"image_size",
			"num_images",
			"num_inference_steps",
			"output_format",
			"enable_safety_checker",
		],
		// By the megapixel.
		priceMicros: undefined,
		formats: anyFormat,
		likelyEndMs: { from: 500, to: 6_000 },
	},
];

/**
 * The model of an alias or an `owner/slug`; an id that we have never heard of is taken as it is,
 * with no price and any format.
 * @throws {Failure} `usage` for a short name that we don't know
 */
export function findModel(name: string): Model {
	const wanted = name.trim().toLowerCase();
	const known = models.find(
		({ id, aliases }) => id === wanted || aliases.includes(wanted),
	);
	if (known) return known;
	if (/^[a-z0-9][\w.-]*(\/[\w.-]+)+$/i.test(name.trim()))
		return {
			id: name.trim(),
			name: name.trim(),
			aliases: [],
			inputs: [],
			priceMicros: undefined,
			formats: anyFormat,
			likelyEndMs: { from: 1_000, to: 15_000 },
		};
	const names = models.map(({ aliases }) => aliases[0]).join(", ");
	throw new Failure("usage", `unknown model "${name}"`, {
		hint: `known: ${names}; any other as owner/slug`,
	});
}
