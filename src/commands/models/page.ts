import {
	describeFormats,
	describeInput,
	describePrice,
	markNames,
	mostImages,
} from "../../models/describe.ts";
import type { Model } from "../../models/model.ts";
import { extensionOf } from "../../names/places.ts";
import { service } from "../../runflow/service.ts";
import { escaped } from "../../system/escape.ts";
import { alignRows } from "../../terminal/align-rows.ts";
import { inputsOfFlag } from "../image/input-flags.ts";
import { sureOfLinks } from "./record.ts";

/**
 * All that is known of a model, for people.
 * @param edit the sibling that starts from an image
 */
export function modelPage(model: Model, edit: Model | undefined): string {
	return [
		`${escaped(model.name)}: ${escaped(model.summary)}\n`,
		rows(facts(model)),
		section(`inputs (${markNames[model.sure.inputs]})`, inputs(model)),
		section("options", options(model, edit)),
		section(`links (${markNames[sureOfLinks(model)]})`, [
			["docs", service.links.modelDocs(model.id)],
			["for machines", service.links.modelText(model.id)],
			["OpenAPI", service.links.openApi],
		]),
		section("for example", [[exampleOf(model)]]),
	].join("\n");
}

type Cells = readonly string[];

function facts(model: Model): readonly Cells[] {
	const { id, sure, aliases, standing, pricingNote, edit } = model;
	return [
		["id", id, markNames[sure.id]],
		...(aliases.length > 0 ? [["short", aliases.join(", ")]] : []),
		...(standing ? [["standing", standing, markNames.catalogue]] : []),
		["price", describePrice(model.price), markNames[sure.price]],
		...(pricingNote ? [["", `"${pricingNote}"`, markNames.catalogue]] : []),
		["delivers", delivery(model), markNames[sure.output]],
		...(edit && edit !== id ? [["edit", edit]] : []),
	];
}

function delivery(model: Model): string {
	const most = mostImages(model);
	const { size, maxResolution } = model;
	return [
		describeFormats(model.formats),
		...(maxResolution ? [`${maxResolution} at most`] : []),
		...(size ? [`${size.width} × ${size.height} by itself`] : []),
		...(most === undefined
			? []
			: [most === 1 ? "1 image" : `1 to ${most} images`]),
	].join(", ");
}

function inputs({ inputs: described }: Model): readonly Cells[] {
	return (
		described?.map((input) => [
			input.name,
			[describeInput(input), input.says ?? []].flat().join(" · "),
		]) ?? [["not described: the service checks them"]]
	);
}

/** The options that stand for an input; those for images go to the sibling where the model takes none. */
function options(model: Model, edit: Model | undefined): readonly Cells[] {
	const meanings = meaningOfFlags(model);
	if (meanings === undefined)
		return [["each is sent by its usual name; any other with --param"]];
	const { image = [], mask = [] } = (edit && meaningOfFlags(edit)) ?? {};
	const ofEdit: Readonly<Record<string, readonly string[]>> = { image, mask };
	const lines: Cells[] = [];
	const none: string[] = [];
	for (const [flag, inputs] of Object.entries(meanings)) {
		if (inputs.length > 0) lines.push([`--${flag}`, inputs.join(", ")]);
		else if (ofEdit[flag]?.length)
			lines.push([`--${flag}`, `goes to ${edit?.id}`]);
		else none.push(`--${flag}`);
	}
	return none.length > 0 ? [...lines, ["not for it", none.join(" ")]] : lines;
}

function section(title: string, lines: readonly Cells[]): string {
	return `${title}\n${rows(lines.map(([first = "", ...rest]) => [`  ${first}`, ...rest]))}`;
}

function rows(cells: readonly Cells[]): string {
	return alignRows(cells.map((row) => row.map((cell) => escaped(cell))));
}

/**
 * What the options that stand for an input mean for a model.
 * @returns by the name of the option, empty where the model has none of them; undefined where nobody has described its inputs: then
 * each is sent by its usual name
 */
export function meaningOfFlags({
	inputs,
}: Model): Readonly<Record<string, readonly string[]>> | undefined {
	if (inputs === undefined) return undefined;
	const has = (wanted: string) => inputs.some(({ name }) => name === wanted);
	return Object.fromEntries(
		Object.entries(flags).map(([flag, forms]) => [
			flag,
			forms.find((form) => form.every(has)) ?? [],
		]),
	);
}

/** Each form is a way to take what the option says; the first that the model has counts. */
const flags: Readonly<Record<string, readonly (readonly string[])[]>> = {
	size: [["width", "height"], ["image_size"]],
	...Object.fromEntries(
		Object.entries(inputsOfFlag).map(([flag, names]) => [
			flag,
			names.map((name) => [name]),
		]),
	),
	image: [["image_url", "image_urls"], ["image_url"], ["image_urls"]],
	mask: [["mask_url"]],
};

export function exampleOf(model: Model): string {
	const { aliases, id, inputs = [] } = model;
	const takesImage = Boolean(meaningOfFlags(model)?.image?.length);
	const isEdit = id.endsWith("/edit");
	const needed = inputs.filter(
		({ name, isRequired }) => isRequired && !given.includes(name),
	);
	const words = [
		`flux-ultra -m ${aliases[0] ?? id}`,
		isEdit ? '"the same garden in deep snow"' : '"a serene japanese garden"',
		...(isEdit && takesImage ? ["--image garden.jpg"] : []),
		...needed.map(({ name }) => `--param ${name}=…`),
		`-o ${isEdit ? "snow" : "garden"}${endingFor(model)}`,
	];
	return words.join(" ");
}

const given = ["prompt", "image_url", "image_urls"];

/** A folder where it is not known which format will come. */
function endingFor({ formats, inputs }: Model): string {
	const [only = "jpeg"] = formats;
	const isChosen = inputs?.some(({ name }) => name === "output_format");
	return formats.length === 1 || isChosen ? `.${extensionOf(only)}` : "/";
}
