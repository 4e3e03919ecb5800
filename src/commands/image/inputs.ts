import path from "node:path";
import { Failure } from "../../errors.ts";
import type { Catalogue } from "../../models/catalogue.ts";
import { type Input, inputsHint } from "../../models/check-inputs.ts";
import type { Model } from "../../models/model.ts";
import type { InputFile } from "../../purchase/job.ts";
import type { Runtime } from "../../runtime.ts";
import { escaped } from "../../system/escape.ts";
import { lookAtImage } from "../../uploads/source-image.ts";
import { spoolImage } from "../../uploads/spool-image.ts";
import { showPath } from "../session/job-context.ts";

/** The images that a model starts from, as `--image` and `--mask` name them. */
export interface ImageFlags {
	readonly image?: readonly string[];
	readonly mask?: string;
}

/** Those that are files of this machine are called `file:<sha256>`, until they are uploaded. */
export interface Images {
	readonly images: readonly string[];
	readonly mask: string | undefined;
	readonly files: readonly InputFile[];
}

/** A model that starts from no image stands for its sibling that does, where images are given: Ultra for Ultra Edit. */
export function modelForImages(
	model: Model,
	{ image, mask }: ImageFlags,
	catalogue: Catalogue,
): Model {
	if (image === undefined && mask === undefined) return model;
	if (model.inputs === undefined || takesImages(model)) return model;
	if (model.edit !== undefined) return catalogue.find(model.edit);
	const others = catalogue.models.filter(takesImages);
	throw new Failure("usage", `${model.name} starts from no image`, {
		hint: `models that do: ${others.map(({ aliases, id }) => aliases[0] ?? id).join(", ")}`,
	});
}

/**
 * Looks at the images: each file is read to its end before anything is sent.
 * @param spool folder for what comes on stdin
 * @throws {Failure} `usage` for what is no image
 */
export async function readImages(
	flags: ImageFlags,
	spool: string,
	{ cwd, stdin }: Pick<Runtime, "cwd" | "stdin">,
): Promise<Images> {
	const all = [...(flags.image ?? []), ...(flags.mask ? [flags.mask] : [])];
	if (all.filter((text) => text === "-").length > 1)
		throw new Failure("usage", "stdin can be one image only", {
			hint: "give the others as files",
		});
	/** By their hashes, each once. */
	const files = new Map<string, InputFile>();
	const named = async (text: string): Promise<string> => {
		if (isAddress(text)) return text;
		checkPath(text);
		const file =
			text === "-"
				? await spoolImage(stdin, spool)
				: await lookAtImage(path.resolve(cwd, text), (one) =>
						showPath(one, cwd),
					);
		files.set(file.sha256, file);
		return `file:${file.sha256}`;
	};
	const images: string[] = [];
	for (const text of flags.image ?? []) images.push(await named(text));
	const mask = flags.mask === undefined ? undefined : await named(flags.mask);
	return { images, mask, files: [...files.values()] };
}

/** Images as inputs of a model. @throws {Failure} `usage` for more of them than it takes */
export function imageInputs(
	{ images, mask }: Omit<Images, "files">,
	model: Model,
): Input {
	return { ...imagesInput(images, model), ...maskInput(mask, model) };
}

function takesImages({ inputs }: Model): boolean {
	return (
		inputs?.some(({ kind }) => kind === "image" || kind === "images") ?? false
	);
}

/** Where the service fetches an image from by itself. */
export function isAddress(text: string): boolean {
	return /^(https?|runflow):\/\//i.test(text);
}

/** @throws {Failure} `usage` for what is neither a path nor an address that can be reached */
function checkPath(text: string): void {
	if (text.trim() === "")
		throw new Failure("usage", "--image is empty", {
			hint: "give a file, - for stdin, or an https address",
		});
	if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text))
		throw new Failure("usage", `${escaped(text)} is not an https address`, {
			hint: "download it first, and give the file",
		});
}

function imagesInput(values: readonly string[], model: Model): Input {
	const [first] = values;
	if (first === undefined) return {};
	const { inputs } = model;
	const has = (name: string) =>
		inputs === undefined || inputs.some((input) => input.name === name);
	if (values.length === 1 && has("image_url")) return { image_url: first };
	if (has("image_urls")) return { image_urls: values };
	if (has("image_url"))
		throw new Failure(
			"usage",
			`${model.name} starts from one image, and ${values.length} are given`,
			{ hint: "give --image once" },
		);
	throw new Failure(
		"usage",
		`${model.name} starts from no image`,
		inputsHint(model),
	);
}

function maskInput(mask: string | undefined, model: Model): Input {
	if (mask === undefined) return {};
	const takesMask =
		model.inputs === undefined ||
		model.inputs.some(({ name }) => name === "mask_url");
	if (takesMask) return { mask_url: mask };
	throw new Failure("usage", `${model.name} has no --mask`, {
		hint: "models that have it: gpt-edit",
	});
}
