import path from "node:path";
import { Failure } from "../../errors.ts";
import type { Catalogue } from "../../models/catalogue.ts";
import type { Input } from "../../models/check-inputs.ts";
import { namedSizes, sizeNamed } from "../../models/image-size.ts";
import type { Model, ModelInput, PixelSize } from "../../models/model.ts";
import { formatOfExtension } from "../../names/places.ts";
import { parseParams, readValue } from "./params.ts";

export interface InputFlags {
	readonly param?: readonly string[];
	readonly size?: string;
	readonly width?: string;
	readonly height?: string;
	readonly negative?: string;
	readonly steps?: string;
	readonly guidance?: string;
	readonly format?: string;
	readonly quality?: string;
}

/** The inputs that each option may stand for: a model has one of them, or none. */
export const inputsOfFlag = {
	width: ["width"],
	height: ["height"],
	negative: ["negative_prompt"],
	steps: ["steps", "num_inference_steps"],
	guidance: ["guidance", "guidance_scale"],
	format: ["output_format"],
	quality: ["quality"],
} as const satisfies Partial<Record<keyof InputFlags, readonly string[]>>;

/**
 * The inputs of a model beside prompt, seed and images: `--param`, and the options that stand for one. Whether their
 * values are right is for `checkInput` to say.
 * @throws {Failure} `usage` for an option that the model does not have, with those models that do
 */
export function readInputs(
	flags: InputFlags,
	model: Model,
	catalogue: Catalogue,
): Input {
	const inputs: Record<string, unknown> = parseParams(flags.param ?? []);
	const put = (flag: string, name: string, value: unknown) => {
		if (Object.hasOwn(inputs, name))
			throw new Failure("usage", `--${flag} and ${name} are one and the same`, {
				hint: "give it once",
			});
		inputs[name] = value;
	};
	for (const [flag, names] of Object.entries(inputsOfFlag)) {
		const text = flags[flag as keyof typeof inputsOfFlag];
		if (text === undefined) continue;
		const input = inputNamed(model, names);
		const isOnlyFormat =
			model.formats.length === 1 && model.formats[0] === normalFormat(text);
		if (!input && flag === "format" && isOnlyFormat) continue;
		if (input === undefined) throw hasNot(flag, names, model, catalogue);
		put(flag, input.name, read(text, input, flag));
	}
	if (flags.size !== undefined)
		for (const [name, value] of sizeInputs(
			flags.size.toLowerCase(),
			model,
			catalogue,
		))
			put("size", name, value);
	return withSizeName(inputs, model);
}

/** Pixels in the place of a size's name: what `--size` takes, a row and `--param` may say as well. */
export function withSizeName(inputs: Input, model: Model): Input {
	const { image_size: size } = inputs;
	const choice = model.inputs?.find(({ name }) => name === "image_size");
	if (typeof size !== "string" || !choice?.choices || !sizeNamed(size))
		return inputs;
	return { ...inputs, image_size: sizeWord(size, choice) };
}

/** A file name that ends in a format asks for it, where the model leaves the choice. */
export function requestedFormat(
	output: string | undefined,
	model: Model,
	inputs: Input,
): Input {
	// A folder is no file, whatever its name ends in.
	if (output === undefined || /[/\\]$/.test(output)) return {};
	const asked = formatOfExtension(path.extname(output));
	const choice = inputNamed(model, inputsOfFlag.format);
	if (!asked || !choice?.choices?.includes(asked)) return {};
	return inputs[choice.name] === undefined ? { [choice.name]: asked } : {};
}

function inputNamed(
	{ inputs }: Model,
	names: readonly string[],
): ModelInput | undefined {
	// Of a model that nobody has described the usual name is tried: the service will say.
	if (inputs === undefined) return { name: names[0] ?? "", kind: "any" };
	return inputs.find(({ name }) => names.includes(name));
}

function normalFormat(text: string): string {
	return formatOfExtension(`.${text}`) ?? text;
}

function read(text: string, { kind }: ModelInput, flag: string): unknown {
	if (flag === "format") return normalFormat(text);
	// The words of models are all in small letters.
	return kind === "text"
		? flag === "quality"
			? text.toLowerCase()
			: text
		: readValue(text);
}

/** `1440x1440`, or the name of a size, in the words of the model. */
function sizeInputs(
	text: string,
	model: Model,
	catalogue: Catalogue,
): readonly (readonly [string, unknown])[] {
	const input = inputNamed(model, ["image_size"]);
	const pixels = sizeNamed(text);
	const hasSides =
		inputNamed(model, ["width"]) && inputNamed(model, ["height"]);
	if (hasSides && model.inputs !== undefined) {
		if (pixels)
			return [
				["width", pixels.width],
				["height", pixels.height],
			];
		throw new Failure("usage", `--size ${text} is not a size`, {
			hint: "for one: --size 1024x768",
		});
	}
	if (input === undefined)
		throw hasNot("size", ["image_size", "width"], model, catalogue);
	return [[input.name, sizeWord(text, input)]];
}

/** A size as the model's own input has it: its name where sizes have names, else pixels. */
function sizeWord(
	text: string,
	{ kind, choices }: ModelInput,
): string | PixelSize {
	const pixels = sizeNamed(text);
	if (choices?.includes(text)) return text;
	if (kind === "size" && pixels) return pixels;
	if (choices === undefined)
		return pixels && !Object.hasOwn(namedSizes, text)
			? `${pixels.width}x${pixels.height}`
			: text;
	const name = choices.find((choice) => {
		const size = namedSizes[choice];
		return size?.width === pixels?.width && size?.height === pixels?.height;
	});
	if (name && pixels) return name;
	const known = choices.map((choice) => {
		const size = namedSizes[choice];
		return size ? `${choice} (${size.width}x${size.height})` : choice;
	});
	if (kind === "size") known.push("and width x height");
	throw new Failure("usage", `--size ${text} is none of the model's sizes`, {
		hint: `there are ${known.join(", ")}`,
	});
}

function hasNot(
	flag: string,
	names: readonly string[],
	model: Model,
	{ models }: Catalogue,
): Failure {
	const others = models
		.filter(({ inputs }) => inputs?.some(({ name }) => names.includes(name)))
		.map(({ aliases, id }) => aliases[0] ?? id);
	const isOfSize = ["size", "width", "height"].includes(flag);
	const fixed =
		isOfSize && model.maxResolution
			? `its format is fixed (${model.maxResolution}); `
			: "";
	return new Failure("usage", `${model.name} has no --${flag}`, {
		hint:
			others.length > 0
				? `${fixed}models that have it: ${others.join(", ")}`
				: `what it takes: flux-ultra models show ${model.aliases[0] ?? model.id}`,
	});
}
