import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { Failure } from "../../errors.ts";
import { inspectImage } from "../../images/inspect.ts";
import type { Input } from "../../models/check-inputs.ts";
import { imagesOf } from "../../models/expected.ts";
import type { Model } from "../../models/model.ts";
import { takesInput } from "../../orders/make-job.ts";
import type { Order } from "../../orders/plan.ts";
import {
	isCutAddress,
	type Recipe,
	recipeOf,
	withoutImages,
} from "../../origin/recipe.ts";
import { unknownModel } from "../../record.ts";
import type { Runtime } from "../../runtime.ts";
import { locateFolders } from "../../settings/folders.ts";
import { escaped } from "../../system/escape.ts";
import type { Session } from "../session/session.ts";
import { type ImageFlags, isAddress } from "./inputs.ts";

export interface FromFlags {
	/** An image that was made before, or its sidecar. */
	readonly from?: string;
	readonly recipe?: Recipe;
	/** What stands there now is another picture than the one of which that is known. */
	readonly isFromOther?: boolean;
}

/**
 * The options of a command with what `--from` says beside them; flags win.
 * @throws {Failure} `usage` where nothing is known of that image, or what it started from is gone
 */
export async function withRecipe<
	O extends FromFlags & ImageFlags & { readonly model?: string | undefined },
>(options: O, runtime: Runtime): Promise<O> {
	const { from } = options;
	if (from === undefined) return options;
	// It reads all kinds of what was written before, and most commands need none.
	const { lookAt, unknownOrigin } = await import("../../origin/look-at.ts");
	const { state } = locateFolders(runtime);
	const file = path.resolve(runtime.cwd, from);
	const { origin, facts } = await lookAt(
		file,
		from,
		path.join(state, "ledger"),
	);
	if (origin === undefined) throw unknownOrigin(from);
	const recipe = recipeOf(origin.record);
	const { images, mask } = recipe;
	if (options.model === undefined && recipe.model === unknownModel)
		throw new Failure(
			"usage",
			`the model of ${escaped(from)} is not known here, as its run was fetched`,
			{ hint: "name it: -m <model>" },
		);
	const sources = [
		...(options.image ? [] : images.map((image) => ["--image", image])),
		...(options.mask || !mask ? [] : [["--mask", mask]]),
	];
	for (const [flag, source = ""] of sources) {
		const why = await whyGone(source, recipe.sha256.get(source));
		if (why === undefined) continue;
		throw new Failure(
			"usage",
			`${escaped(from)} was made from ${escaped(source)}, ${why}`,
			{ hint: `give what is to take its place with ${flag}` },
		);
	}
	return {
		...options,
		recipe,
		isFromOther: facts !== undefined && !origin.isUnchanged,
		model: options.model ?? recipe.model,
		...(images.length > 0 && { image: options.image ?? images }),
		...(mask !== undefined && { mask: options.mask ?? mask }),
	};
}

/** Why an image that another one started from cannot be had again; undefined where it can. */
async function whyGone(
	source: string,
	sha256: string | undefined,
): Promise<string | undefined> {
	if (isAddress(source))
		return isCutAddress(source)
			? "whose query was not kept, as it may be a secret"
			: undefined;
	const facts = await inspectImage(source).catch(() => undefined);
	if (facts === undefined) return "which is not there any more";
	const isSame = sha256 === undefined || facts.sha256 === sha256;
	return isSame ? undefined : "which has other bytes by now";
}

/** The inputs of the image that `--from` names, beside those that the command itself gives. */
export function withRecipeInputs(
	recipe: Recipe | undefined,
	given: Input,
	model: Model,
): Input {
	const kept = Object.entries(recipe?.inputs ?? {}).filter(([name]) =>
		takesInput(model, name),
	);
	return { ...Object.fromEntries(kept), ...given };
}

interface Asked extends Pick<Order, "prompts" | "seeds" | "model" | "input"> {
	readonly options: FromFlags & ImageFlags;
}

/**
 * Says where the very image is asked for again, where it is not the one that is made again, and which inputs of that another
 * model than its own does not have.
 */
export function tellRecipe(
	asked: Asked,
	{ reporter }: Pick<Session, "reporter">,
): void {
	const { options, model, input } = asked;
	const { from, recipe, isFromOther } = options;
	const images = imagesOf(input);
	if (recipe && isSameImage(recipe, asked))
		reporter.note(
			"prompt, inputs and seed are those of that image: this asks for the same one; for another: --seed <n>, or -n 4",
		);
	if (recipe && images > 1 && images === imagesOf(recipe.inputs))
		reporter.note(
			`all ${images} images of its run are made again; of one: --param num_images=1`,
		);
	if (isFromOther)
		reporter.note(
			`${from} has other bytes than the image that was delivered: prompt and inputs are of that one`,
		);
	const names = Object.keys(recipe?.inputs ?? {});
	const left = names.filter((name) => !takesInput(model, name));
	if (left.length > 0)
		reporter.note(
			`left out, as ${model.name} has no such input: ${left.join(", ")}`,
		);
}

function isSameImage(
	recipe: Recipe,
	{ prompts, seeds, model, input, options: { image = [], mask } }: Asked,
): boolean {
	return (
		recipe.seed !== undefined &&
		seeds.includes(recipe.seed) &&
		recipe.model === model.id &&
		prompts.some(({ prompt }) => prompt === recipe.prompt) &&
		mask === recipe.mask &&
		isDeepStrictEqual([image].flat(), recipe.images) &&
		isDeepStrictEqual(withoutImages(input), recipe.inputs)
	);
}
