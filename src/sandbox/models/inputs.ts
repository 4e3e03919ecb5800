import { isObject } from "../api/exchange.ts";
import type { FieldError } from "../server/problems.ts";

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
		| "images"
		| "size";
	readonly limits: Limits;
	readonly required: boolean;
	readonly defaultValue: unknown;
}

interface Limits {
	readonly min?: number;
	readonly max?: number;
	readonly min_length?: number;
	readonly max_items?: number;
	readonly choices?: readonly string[];
	/** Of a size in pixels. */
	readonly multiple_of?: number;
	readonly max_edge?: number;
	readonly max_ratio?: number;
	readonly min_pixels?: number;
	readonly max_pixels?: number;
}

/** An optional input without limits, but for what `more` says. */
export function input(
	name: string,
	type: ModelInput["type"],
	more: Partial<ModelInput> = {},
): ModelInput {
	return {
		name,
		description: "",
		type,
		limits: {},
		required: false,
		defaultValue: null,
		...more,
	};
}

export function choice(
	name: string,
	choices: readonly string[],
	defaultValue: string,
): ModelInput {
	return input(name, "string", { limits: { choices }, defaultValue });
}

/** A whole number from `min` to `max`. */
export function integer(
	name: string,
	min: number,
	max: number,
	defaultValue: number,
): ModelInput {
	return input(name, "integer", { limits: { min, max }, defaultValue });
}

export interface CheckOptions {
	/** Whether the service rejects an input that the model does not have is not documented. */
	readonly ignoreUnknown: boolean;
	readonly assetExists: (id: string) => boolean;
}

/** The input of a run, empty where it is none. Everything that is wrong with it by the model's own description goes into `errors`. */
export function checkInput(
	model: {
		readonly inputs: readonly ModelInput[];
		readonly needsImage: boolean;
	},
	given: unknown,
	errors: FieldError[],
	{ ignoreUnknown, assetExists }: CheckOptions,
): Readonly<Record<string, unknown>> {
	const at = ["body", "input"];
	if (!isObject(given)) {
		errors.push({ loc: at, msg: "Input should be a valid object" });
		return {};
	}
	const before = errors.length;
	const complain = (name: string, msg: string | undefined) => {
		if (msg) errors.push({ loc: [...at, name], msg });
	};
	for (const described of model.inputs) {
		const value = given[described.name] ?? null;
		if (value !== null)
			complain(described.name, checkValue(described, value, assetExists));
		else if (described.required) complain(described.name, "Field required");
	}
	const known = model.inputs.map(({ name }) => name);
	if (!ignoreUnknown)
		for (const name of Object.keys(given))
			if (!known.includes(name))
				complain(name, "Extra inputs are not permitted");
	const hasImage = Boolean(given.image_url) || Boolean(given.image_urls);
	if (model.needsImage && !hasImage && errors.length === before)
		complain(
			known.includes("image_url") ? "image_url" : "image_urls",
			"Field required",
		);
	return given;
}

/** What is wrong with a value; undefined where nothing is. */
function checkValue(
	{ type, limits }: ModelInput,
	value: unknown,
	assetExists: CheckOptions["assetExists"],
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
		case "images":
			if (!Array.isArray(value)) return "Input should be a valid list";
			if (value.length === 0) return "List should have at least 1 item";
			if (value.length > (limits.max_items ?? value.length))
				return `List should have at most ${limits.max_items} items`;
			return value
				.map((item) => checkImage(item, assetExists))
				.find((wrong) => wrong !== undefined);
		case "size":
			return checkSize(value, limits);
		default:
			return type satisfies never;
	}
}

function checkText(
	value: unknown,
	{ choices, min_length = 0 }: Limits,
): string | undefined {
	if (typeof value !== "string") return "Input should be a valid string";
	if (value.length < min_length)
		return `String should have at least ${min_length} character`;
	if (choices && !choices.includes(value))
		return `Input should be one of: ${choices.join(", ")}`;
	return undefined;
}

/** A name, or {width, height} in pixels. */
function checkSize(value: unknown, limits: Limits): string | undefined {
	if (typeof value === "string") return checkText(value, limits);
	if (!isObject(value)) return "Input should be a name or {width, height}";
	const { width, height } = value;
	if (!Number.isInteger(width) || !Number.isInteger(height))
		return "width and height should be valid integers";
	const [short = 0, long = 0] = [Number(width), Number(height)].sort(
		(a, b) => a - b,
	);
	const { multiple_of = 1, max_edge = long, max_ratio = long } = limits;
	if (short < 1 || short % multiple_of || long % multiple_of)
		return `width and height should be multiples of ${multiple_of}`;
	if (long > max_edge) return `No edge should be longer than ${max_edge}`;
	if (long > max_ratio * short)
		return `The ratio should be at most ${max_ratio}:1`;
	const { min_pixels = 1, max_pixels = short * long } = limits;
	return checkRange(short * long, { min: min_pixels, max: max_pixels });
}

function checkRange(
	value: number,
	{ min = value, max = value }: Limits,
): string | undefined {
	if (value < min) return `Input should be greater than or equal to ${min}`;
	if (value > max) return `Input should be less than or equal to ${max}`;
	return undefined;
}

function checkImage(
	value: unknown,
	assetExists: CheckOptions["assetExists"],
): string | undefined {
	if (typeof value !== "string") return "Input should be a valid URL";
	const asset = /^runflow:\/\/assets\/(.+)$/.exec(value)?.[1];
	if (asset !== undefined)
		return assetExists(asset) ? undefined : `Asset ${asset} was not found`;
	return /^(https?:\/\/[^/]|data:image\/)/.test(value)
		? undefined
		: "Input should be an https URL or runflow://assets/{id}";
}
