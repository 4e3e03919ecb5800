import type { Input } from "../models/check-inputs.ts";
import { service } from "../runflow/service.ts";
import type { Sidecar } from "./sidecar.ts";

/** What must be asked for to have an image made again. */
export interface Recipe {
	readonly prompt: string;
	/** Undefined where the model takes none. */
	readonly seed: number | undefined;
	/** `owner/slug`. */
	readonly model: string;
	/** Files (absolute paths) and addresses that it started from. */
	readonly images: readonly string[];
	readonly mask: string | undefined;
	/** What the bytes of those files were, by their paths; unknown of images that version 0.1.0 made. */
	readonly sha256: ReadonlyMap<string, string>;
	/** Inputs beside these. */
	readonly inputs: Input;
}

/** Whether it is an address of which only a part was kept, as its query may be a secret. */
export function isCutAddress(source: string): boolean {
	return source.endsWith("?…");
}

export function recipeOf({
	prompt,
	seed,
	seed_used: used,
	model,
	inputs: { mask_url: mask, ...inputs } = {},
	input_files: files = [],
}: Pick<
	Sidecar,
	"prompt" | "seed" | "seed_used" | "model" | "inputs" | "input_files"
>): Recipe {
	const entries = Object.entries(inputs);
	return {
		prompt,
		seed: used ?? seed ?? undefined,
		model,
		images: entries.filter(isImage).flatMap(([, value]) => value as string[]),
		sha256: new Map(files.map(({ file, sha256 }) => [file, sha256])),
		mask: typeof mask === "string" ? mask : undefined,
		inputs: withoutImages(inputs),
	};
}

/** Of the inputs of a run those that are no images. */
export function withoutImages({ mask_url: _, ...inputs }: Input): Input {
	return Object.fromEntries(
		Object.entries(inputs).filter((entry) => !isImage(entry)),
	);
}

function isImage([name]: [string, unknown]): boolean {
	return service.imageInputs.names.test(name);
}
