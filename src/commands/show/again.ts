import type { Catalogue } from "../../models/catalogue.ts";
import { isCutAddress, type Recipe } from "../../origin/recipe.ts";
import { readValue } from "../image/params.ts";
import { readPromptArgument } from "../image/prompt-argument.ts";
import { quoteForShell } from "../retype.ts";

interface Place {
	readonly catalogue: Catalogue;
	/** The model that a command without `-m` means there. */
	readonly model: string;
	readonly cwd: string;
	readonly isSandbox: boolean;
}

/** A command that asks for this, quoted for bash and zsh; without a seed a fresh one is made. */
export async function commandFor(
	{ prompt, seed, model, images, mask, inputs }: Recipe,
	{ catalogue, model: usual, cwd, isSandbox }: Place,
): Promise<string> {
	const { id, aliases } = catalogue.find(model);
	const isUsual = catalogue.find(usual).id === id;
	const options = [
		...(seed === undefined ? [] : ["--seed", String(seed)]),
		...(isUsual ? [] : ["-m", aliases[0] ?? id]),
		...images.flatMap((image) => ["--image", sourceWord(image)]),
		...(mask === undefined ? [] : ["--mask", sourceWord(mask)]),
		...Object.entries(inputs).flatMap(([name, value]) => [
			"--param",
			`${name}=${paramText(value)}`,
		]),
		...(isSandbox ? ["--sandbox"] : []),
	];
	const words = (await isPlainArgument(prompt, cwd))
		? [prompt, ...options]
		: [...options, "--", prompt];
	return ["flux-ultra", ...words].map(quoteForShell).join(" ");
}

/** Pasted as it is shown, what was not kept is refused: no file has this name. */
function sourceWord(source: string): string {
	return isCutAddress(source) ? "…" : source;
}

/** Whether a prompt is taken for one without `--` before it. */
async function isPlainArgument(prompt: string, cwd: string): Promise<boolean> {
	if (prompt.startsWith("-")) return false;
	const line = { options: [], isMarked: false, commands: [], cwd };
	return readPromptArgument([prompt], line).then(
		() => true,
		() => false,
	);
}

/** As `--param` reads it back. */
function paramText(value: unknown): string {
	return typeof value === "string" && readValue(value) === value
		? value
		: JSON.stringify(value);
}
