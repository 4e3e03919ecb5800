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
	/** Inputs beside these. */
	readonly inputs: Input;
}

export function recipeOf({
	prompt,
	seed,
	seed_used: used,
	model,
	inputs: { mask_url: mask, ...inputs } = {},
}: Pick<
	Sidecar,
	"prompt" | "seed" | "seed_used" | "model" | "inputs"
>): Recipe {
	const entries = Object.entries(inputs);
	const isImage = ([name]: [string, unknown]) =>
		service.imageInputs.names.test(name);
	return {
		prompt,
		seed: used ?? seed ?? undefined,
		model,
		images: entries.filter(isImage).flatMap(([, value]) => value as string[]),
		mask: typeof mask === "string" ? mask : undefined,
		inputs: Object.fromEntries(entries.filter((entry) => !isImage(entry))),
	};
}
