import type { ModelDescription } from "../runflow/model-description.ts";
import { service } from "../runflow/service.ts";
import { shortenToLine } from "../system/shorten.ts";
import { deliversNone, isModelId, nobodysModel } from "./catalogue.ts";
import { family } from "./family.ts";
import { pixelsOf } from "./image-size.ts";
import { liveInputs } from "./live-inputs.ts";
import type { ImageFormat, Model, ModelInput, PixelSize } from "./model.ts";
import { isSameResolution, tidyResolution } from "./resolution.ts";

/**
 * What the live catalogue says of a model, and our table where it says nothing: what either says is marked so. The price is
 * our table's alone, as limits on money are reckoned with it: the catalogue's words about it are only shown.
 * @param id as paths have it
 */
export function liveModel(wire: ModelDescription, id: string): Model {
	const own = family.find((model) => model.id === id) ?? nobodysModel(id);
	// An empty list is one that nobody has filled in: a model without a prompt makes no image.
	const described = wire.inputs?.length ? wire.inputs : undefined;
	const inputs = described ? liveInputs(described, own.inputs) : own.inputs;
	const note = wire.pricingNote;
	const formats = formatsOf(wire, described ? inputs : undefined);
	const { maxResolution } = wire;
	return {
		...own,
		...(wire.name && { name: shortenToLine(wire.name, 60) }),
		...(own.source === "nobody" && {
			summary: shortenToLine(wire.description ?? own.summary, 200),
		}),
		inputs,
		formats: formats ?? own.formats,
		size: sizeOf(inputs) ?? own.size,
		maxResolution: resolutionOf(maxResolution, own.maxResolution),
		sure: {
			id: "catalogue",
			price: own.sure.price,
			inputs: described ? "catalogue" : own.sure.inputs,
			output: formats || maxResolution ? "catalogue" : own.sure.output,
		},
		source: "catalogue",
		standing: standingOf(wire),
		pricingNote: note && shortenToLine(note, 300),
	};
}

/** The models of a list that deliver images, each once; one whose path cannot be told is left out. */
export function liveModels(
	list: readonly ModelDescription[],
): readonly Model[] {
	const models = new Map<string, Model>();
	for (const wire of list.filter(deliversImages)) {
		const id = idOf(wire);
		// A slug without its owner may be anybody's: one with it comes first.
		if (id !== undefined && (!models.has(id) || wire.slug === id))
			models.set(id, liveModel(wire, id));
	}
	return [...models.values()].map((model) =>
		models.has(`${model.id}/edit`)
			? { ...model, edit: `${model.id}/edit` }
			: model,
	);
}

/** True also where the catalogue does not say. */
export function deliversImages({ outputs }: ModelDescription): boolean {
	const said = JSON.stringify(outputs).toLowerCase();
	return (
		/image|picture|jpe?g|png|webp/.test(said) ||
		!/video|audio|text|mesh|3d|json/.test(said)
	);
}

/** `owner/slug` of a description whose slug may lack the owner, and whose id may be a UUID: then one of ours that ends so. */
export function idOf({ slug, id }: ModelDescription): string | undefined {
	const names = [slug, id].flatMap((name) => name?.toLowerCase() ?? []);
	for (const name of names) {
		const ours = family.filter((model) => isNamed(model.id, name));
		if (ours.length === 1) return ours[0]?.id;
	}
	return [slug, id].find((name) => name !== undefined && isModelId(name));
}

/** By its whole id, or by what follows the owner, also where that is written in one piece. */
function isNamed(id: string, name: string): boolean {
	const slug = id.slice(id.indexOf("/") + 1);
	return [id, slug, slug.replaceAll("/", "-")].includes(name);
}

function standingOf(wire: ModelDescription): string | undefined {
	const { usualWords } = service.catalogue;
	const unusual = wire.statuses.find((status) => !usualWords.test(status));
	if (unusual !== undefined) return shortenToLine(unusual, 40);
	return deliversImages(wire) ? undefined : deliversNone;
}

/** What the catalogue says that comes: the choice of an input before the words about outputs. */
function formatsOf(
	{ outputs }: ModelDescription,
	inputs: readonly ModelInput[] | undefined,
): readonly ImageFormat[] | undefined {
	const input = inputs?.find(({ name }) => name === "output_format");
	const said = input?.choices?.join(" ") ?? JSON.stringify(outputs);
	const formats = formatWords.flatMap(([pattern, format]) =>
		pattern.test(said) ? [format] : [],
	);
	return formats.length > 0 ? formats : undefined;
}

const formatWords: readonly (readonly [RegExp, ImageFormat])[] = [
	[/\bjpe?g\b/i, "jpeg"],
	[/\bpng\b/i, "png"],
	[/\bwebp\b/i, "webp"],
];

/** Of the inputs' own initial values: what comes where nothing is asked for. */
function sizeOf(
	inputs: readonly ModelInput[] | undefined,
): PixelSize | undefined {
	const initial = (wanted: string) =>
		inputs?.find(({ name }) => name === wanted)?.initial;
	const [width, height] = [initial("width"), initial("height")];
	if (typeof width === "number" && typeof height === "number")
		return { width, height };
	return pixelsOf(initial("image_size"));
}

function resolutionOf(
	live: string | undefined,
	own: string | undefined,
): string | undefined {
	if (live === undefined) return own;
	const tidy = tidyResolution(shortenToLine(live, 40));
	return own !== undefined && isSameResolution(own, tidy) ? own : tidy;
}
