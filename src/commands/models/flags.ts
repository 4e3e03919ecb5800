import type { Model } from "../../models/model.ts";

/** The inputs that an option stands for with one model. */
export interface FlagMeaning {
	readonly flag: string;
	/** Empty where the model has none of them. */
	readonly inputs: readonly string[];
}

/**
 * What the options that stand for an input mean for a model.
 * @returns undefined where nobody has described its inputs: then each is sent by its usual name
 */
export function meaningOfFlags({
	inputs,
}: Model): readonly FlagMeaning[] | undefined {
	if (inputs === undefined) return undefined;
	const has = (wanted: string) => inputs.some(({ name }) => name === wanted);
	return flags.map(({ flag, forms }) => ({
		flag,
		inputs: forms.find((form) => form.every(has)) ?? [],
	}));
}

/** Each form is a way to take what the option says; the first that the model has counts. */
const flags: readonly {
	readonly flag: string;
	readonly forms: readonly (readonly string[])[];
}[] = [
	{ flag: "size", forms: [["width", "height"], ["image_size"]] },
	{ flag: "width", forms: [["width"]] },
	{ flag: "height", forms: [["height"]] },
	{ flag: "negative", forms: [["negative_prompt"]] },
	{ flag: "steps", forms: [["steps"], ["num_inference_steps"]] },
	{ flag: "guidance", forms: [["guidance"], ["guidance_scale"]] },
	{ flag: "format", forms: [["output_format"]] },
	{ flag: "quality", forms: [["quality"]] },
	{
		flag: "image",
		forms: [["image_url", "image_urls"], ["image_url"], ["image_urls"]],
	},
	{ flag: "mask", forms: [["mask_url"]] },
];
