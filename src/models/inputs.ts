import { namedSizes } from "./image-size.ts";
import type { ModelInput } from "./model.ts";

/** The inputs that several models of the family share. Ranges that no document names are inferred, and wide. */
export const inputs = {
	prompt: {
		name: "prompt",
		kind: "text",
		isRequired: true,
		says: "what the image shows",
	},
	seed: {
		name: "seed",
		kind: "integer",
		min: 0,
		max: Number.MAX_SAFE_INTEGER,
		says: "same seed and prompt, same image",
	},
	negativePrompt: {
		name: "negative_prompt",
		kind: "text",
		says: "what the image must not show",
	},
	imageUrl: {
		name: "image_url",
		kind: "image",
		says: "the image to start from",
	},
	imageUrls: {
		name: "image_urls",
		kind: "images",
		min: 1,
		max: 10,
		says: "the images to start from",
	},
	maskUrl: {
		name: "mask_url",
		kind: "image",
		says: "where the image may change",
	},
	numImages: {
		...integer("num_images", 1, 4),
		initial: 1,
		says: "images of one run",
	},
	sizeName: {
		...choice("image_size", Object.keys(namedSizes), "square_hd"),
		says: "size by name",
	},
	size: {
		name: "image_size",
		kind: "size",
		choices: Object.keys(namedSizes),
		initial: "landscape_4_3",
		says: "pixels: multiples of 16, at most 3840, 3:1 and 8.3 MP",
	},
	integer,
	number: (name: string, min: number, max: number): ModelInput => ({
		...integer(name, min, max),
		kind: "number",
	}),
	choice,
	flag: (name: string): ModelInput => ({ name, kind: "boolean" }),
} as const satisfies Record<
	string,
	ModelInput | ((...args: never[]) => unknown)
>;

/** Inputs that no model is given, with what comes of them. */
export const refusedInputs: Readonly<Record<string, string>> = {
	// (vendor documentation) The media is then a `data:` URI, kept in no run history.
	sync_mode:
		"the image would come in the answer itself and be kept nowhere: where that answer is lost, so is the paid image",
};

function integer(name: string, min: number, max: number): ModelInput {
	return { name, kind: "integer", min, max };
}

/** @param initial what holds where none is chosen */
function choice(
	name: string,
	choices: readonly string[],
	initial?: string,
): ModelInput {
	return { name, kind: "text", choices, ...(initial && { initial }) };
}
