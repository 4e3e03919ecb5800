import type { ModelInput } from "./model-inputs.ts";
import type { SandboxModel } from "./models.ts";
import type { FieldError } from "./problems.ts";

/**
 * Everything that is wrong with the input of a run, by the model's own description; empty where nothing is.
 * Whether the service rejects an input that the model does not have is not documented: `ignoreUnknown` says.
 */
export function checkInput(
	model: SandboxModel,
	input: unknown,
	options: {
		readonly ignoreUnknown: boolean;
		readonly assetExists: (id: string) => boolean;
	},
): readonly FieldError[] {
	const at = ["body", "input"];
	if (!isObject(input))
		return [{ loc: at, msg: "Input should be a valid object" }];
	const errors: FieldError[] = [];
	const complain = (name: string, msg: string) =>
		errors.push({ loc: [...at, name], msg });
	for (const described of model.inputs) {
		const value = input[described.name];
		if (value === undefined || value === null) {
			if (described.required) complain(described.name, "Field required");
			continue;
		}
		const wrong = checkValue(described, value, options.assetExists);
		if (wrong) complain(described.name, wrong);
	}
	const known = new Set(model.inputs.map(({ name }) => name));
	if (!options.ignoreUnknown)
		for (const name of Object.keys(input))
			if (!known.has(name)) complain(name, "Extra inputs are not permitted");
	if (model.needsImage && !hasImage(input) && errors.length === 0)
		complain(
			known.has("image_url") ? "image_url" : "image_urls",
			"Field required",
		);
	return errors;
}

export function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checkValue(
	{ type, limits }: ModelInput,
	value: unknown,
	assetExists: (id: string) => boolean,
): string | undefined {
	switch (type) {
		case "string":
			return checkText(value, limits);
		case "boolean":
			return typeof value === "boolean"
				? undefined
				: "Input should be a valid boolean";
		case "integer":
			return Number.isSafeInteger(value)
				? checkRange(value as number, limits)
				: "Input should be a valid integer";
		case "number":
			return typeof value === "number"
				? checkRange(value, limits)
				: "Input should be a valid number";
		case "image":
			return checkImage(value, assetExists);
		case "images": {
			if (!Array.isArray(value)) return "Input should be a valid list";
			if (value.length === 0) return "List should have at least 1 item";
			if (value.length > (limits.max_items ?? value.length))
				return `List should have at most ${limits.max_items} items`;
			return value
				.map((item) => checkImage(item, assetExists))
				.find((wrong) => wrong !== undefined);
		}
		default:
			return type satisfies never;
	}
}

function checkText(
	value: unknown,
	{ choices, pattern, min_length = 0 }: ModelInput["limits"],
): string | undefined {
	if (typeof value !== "string") return "Input should be a valid string";
	if (value.length < min_length)
		return `String should have at least ${min_length} character`;
	if (choices && !choices.includes(value))
		return `Input should be one of: ${choices.join(", ")}`;
	if (pattern && !new RegExp(`^(?:${pattern})$`).test(value))
		return `String should match ${pattern}`;
	return undefined;
}

function checkRange(
	value: number,
	{ min, max }: ModelInput["limits"],
): string | undefined {
	if (min !== undefined && value < min)
		return `Input should be greater than or equal to ${min}`;
	if (max !== undefined && value > max)
		return `Input should be less than or equal to ${max}`;
	return undefined;
}

function checkImage(
	value: unknown,
	assetExists: (id: string) => boolean,
): string | undefined {
	if (typeof value !== "string") return "Input should be a valid URL";
	const asset = /^runflow:\/\/assets\/(.+)$/.exec(value)?.[1];
	if (asset !== undefined)
		return assetExists(asset) ? undefined : `Asset ${asset} was not found`;
	return /^(https?:\/\/[^/]|data:image\/)/.test(value)
		? undefined
		: "Input should be an https URL or runflow://assets/{id}";
}

function hasImage(input: Readonly<Record<string, unknown>>): boolean {
	return Boolean(input.image_url) || Boolean(input.image_urls);
}
