import { Failure, hintAt } from "../errors.ts";
import { escaped } from "../system/escape.ts";
import { nearestName } from "../system/nearest-name.ts";
import { shorten } from "../system/shorten.ts";
import { expectedImageSize } from "./image-size.ts";
import { refusedInputs } from "./inputs.ts";
import type { Model, ModelInput } from "./model.ts";

/** What a run is to be made of: `prompt`, `seed` and whatever else the model takes. */
export type Input = Readonly<Record<string, unknown>>;

/**
 * Holds an input to the model's own description, before it can cost anything.
 * @throws {Failure} `usage` with everything that is wrong: unknown names (with the nearest known one), wrong types,
 * values out of range, inputs that are missing
 */
export function checkInput(model: Model, input: Input): void {
	const { inputs } = model;
	refuseInputs(input);
	if (inputs === undefined) return;
	const faults = [
		...Object.keys(input).flatMap((name) => unknownName(name, inputs)),
		...inputs.flatMap((described) => faultOf(described, input[described.name])),
		...missingImage(model, input),
	];
	const [first] = faults;
	if (first === undefined) return;
	const more = faults.slice(1).map((fault) => `; ${fault}`);
	throw new Failure(
		"usage",
		`${model.name}: ${first}${more.join("")}`,
		inputsHint(model),
	);
}

/** Where to see what a model takes. */
export function inputsHint({ aliases, id }: Model) {
	return hintAt("what it takes", `flux-ultra models show ${aliases[0] ?? id}`);
}

/** What would lose a paid image, whichever model is asked. */
function refuseInputs(input: Input): void {
	for (const [name, why] of Object.entries(refusedInputs))
		if (input[name] && `${input[name]}` !== "false")
			throw new Failure("usage", `${name} is ${shown(input[name])}: ${why}`, {
				hint: "leave it out: the run is waited for, and its image downloaded",
			});
}

function unknownName(name: string, inputs: readonly ModelInput[]): string[] {
	const names = inputs.map((one) => one.name);
	if (names.includes(name)) return [];
	const nearest = nearestName(
		name.replaceAll("_", "-"),
		names.map((one) => one.replaceAll("_", "-")),
	);
	const meant = nearest
		? `; did you mean ${nearest.replaceAll("-", "_")}?`
		: ` (it takes ${names.join(", ")})`;
	return [`unknown input ${escaped(name)}${meant}`];
}

function faultOf(input: ModelInput, value: unknown): string[] {
	if (value === undefined || value === null)
		return input.isRequired ? [missing(input)] : [];
	const expected = expectation(input, value);
	return expected === undefined
		? []
		: [`${input.name} is ${shown(value)}, not ${expected}`];
}

function missing({ name }: ModelInput): string {
	return isImageName(name) ? noImage : `${name} is missing`;
}

const noImage = "it starts from an image, and none is given: --image photo.jpg";

/** What the value should have been; undefined where it is all right. */
function expectation(input: ModelInput, value: unknown): string | undefined {
	switch (input.kind) {
		case "text":
			return expectedText(input, value);
		case "integer":
			return Number.isSafeInteger(value) && isWithin(input, Number(value))
				? undefined
				: `a whole number${range(input)}`;
		case "number":
			return typeof value === "number" && isWithin(input, value)
				? undefined
				: `a number${range(input)}`;
		case "boolean":
			return typeof value === "boolean" ? undefined : "true or false";
		case "image":
			return isImage(value) ? undefined : anImage;
		case "images":
			if (!Array.isArray(value) || !value.every(isImage))
				return "a list of images";
			return isWithin(input, value.length)
				? undefined
				: range(input).replace(" from ", "").trim();
		case "size":
			return expectedImageSize(input, value);
		case "any":
			return undefined;
		default:
			return input.kind satisfies never;
	}
}

function expectedText(
	{ choices, pattern, says }: ModelInput,
	value: unknown,
): string | undefined {
	if (choices)
		return typeof value === "string" && choices.includes(value)
			? undefined
			: choices.length === 1
				? `${choices[0]}, which is all it knows`
				: `one of ${choices.join(", ")}`;
	if (typeof value !== "string") return "text";
	if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`).test(value))
		return says ?? `text of the form ${pattern}`;
	return value === "" ? "text with something in it" : undefined;
}

const anImage =
	"an https address or runflow://assets/…; a file of this machine is given with --image";

/** Where the service can fetch an image from (vendor documentation), or the name of a file that will be uploaded. */
function isImage(value: unknown): boolean {
	return (
		typeof value === "string" &&
		(/^runflow:\/\/assets\/./.test(value) ||
			/^file:[0-9a-f]{64}$/.test(value) ||
			isReachable(value))
	);
}

/** https; http only on this machine, where a sandbox's own links lead. */
function isReachable(text: string): boolean {
	if (!URL.canParse(text)) return false;
	const { protocol, hostname } = new URL(text);
	const isHere = /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
	return protocol === "https:" || (protocol === "http:" && isHere);
}

function isWithin({ min, max }: ModelInput, value: number): boolean {
	return (
		!(min !== undefined && value < min) && !(max !== undefined && value > max)
	);
}

function range({ min, max }: ModelInput): string {
	if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
	if (min !== undefined) return ` of at least ${min}`;
	return max === undefined ? "" : ` of at most ${max}`;
}

/** Two inputs can bring the image, so that neither is required by itself. */
function missingImage({ inputs, id }: Model, input: Input): string[] {
	if (!id.endsWith("/edit")) return [];
	const names = (inputs ?? [])
		.filter(({ kind, name }) => kind !== "any" && isImageName(name))
		.map(({ name }) => name);
	const isGiven = names.some((name) => input[name] !== undefined);
	// A required one is missed by its own name.
	const isRequired = inputs?.some(
		(one) => one.isRequired && isImageName(one.name),
	);
	if (names.length === 0 || isGiven || isRequired) return [];
	return [noImage];
}

function isImageName(name: string): boolean {
	return name === "image_url" || name === "image_urls";
}

function shown(value: unknown): string {
	if (Array.isArray(value) && value.every(isImage))
		return `${value.length} images`;
	const text = JSON.stringify(value) ?? String(value);
	return escaped(shorten(text, 61));
}
