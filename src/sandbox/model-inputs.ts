/** One input of a model, as the catalogue describes it. */
export interface ModelInput {
	readonly name: string;
	readonly description: string;
	/** (names inferred: the documentation has the field, not its values) */
	readonly type:
		| "string"
		| "integer"
		| "number"
		| "boolean"
		| "image"
		| "images";
	readonly limits: InputLimits;
	readonly required: boolean;
	readonly defaultValue: unknown;
}

export interface InputLimits {
	readonly min?: number;
	readonly max?: number;
	readonly min_length?: number;
	readonly max_items?: number;
	readonly choices?: readonly string[];
	/** A regular expression that the whole text must match. */
	readonly pattern?: string;
}

/** The inputs that models share, and makers for the rest. */
export const inputs = {
	prompt: {
		...optional("prompt", "string", "What the picture shows."),
		limits: { min_length: 1 },
		required: true,
	},
	seed: {
		...optional("seed", "integer", "Same seed and prompt, same picture."),
		limits: { min: 0, max: Number.MAX_SAFE_INTEGER },
	},
	negativePrompt: optional(
		"negative_prompt",
		"string",
		"What the picture must not show.",
	),
	imageUrl: optional("image_url", "image", "The picture to start from."),
	imageUrls: {
		...optional("image_urls", "images", "The pictures to start from."),
		limits: { max_items: 10 },
	},
	maskUrl: optional("mask_url", "image", "Where the picture may change."),
	count: integer("num_images", 1, 4, 1),
	imageSizeName: choice(
		"image_size",
		[
			"square_hd",
			"square",
			"portrait_4_3",
			"portrait_16_9",
			"landscape_4_3",
			"landscape_16_9",
		],
		"square_hd",
	),
	imageSize: {
		...optional("image_size", "string", "auto, or width x height in pixels."),
		limits: { pattern: "auto|[1-9][0-9]{2,3}x[1-9][0-9]{2,3}" },
		defaultValue: "auto",
	},
	integer,
	number: (name: string, min: number, max: number, defaultValue: number) => ({
		...integer(name, min, max, defaultValue),
		type: "number" as const,
	}),
	choice,
	format: (formats: readonly string[], defaultValue: string) =>
		choice("output_format", formats, defaultValue),
	flag: (name: string, defaultValue: boolean): ModelInput => ({
		...optional(name, "boolean", ""),
		defaultValue,
	}),
} as const;

/** The catalogue's form of an input (names of the fields: vendor documentation). */
export function inputView(
	input: ModelInput,
	index: number,
): Record<string, unknown> {
	return {
		name: input.name,
		description: input.description,
		variable_type_code: input.type,
		validator_attrs: input.limits,
		is_required: input.required,
		default_value: input.defaultValue,
		sort_order: index,
	};
}

function optional(
	name: string,
	type: ModelInput["type"],
	description: string,
): ModelInput {
	return {
		name,
		description,
		type,
		limits: {},
		required: false,
		defaultValue: null,
	};
}

function integer(
	name: string,
	min: number,
	max: number,
	defaultValue: number,
): ModelInput {
	return {
		...optional(name, "integer", ""),
		limits: { min, max },
		defaultValue,
	};
}

function choice(
	name: string,
	choices: readonly string[],
	defaultValue: string,
): ModelInput {
	return {
		...optional(name, "string", ""),
		limits: { choices },
		defaultValue,
	};
}
