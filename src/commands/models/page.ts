import {
	describeFormats,
	describeInput,
	describePrice,
	markNames,
	mostImages,
} from "../../models/describe.ts";
import type { Model } from "../../models/model.ts";
import { service } from "../../runflow/service.ts";
import { escaped } from "../../system/escape.ts";
import { alignRows } from "../../terminal/format.ts";
import { exampleOf } from "./example.ts";
import { meaningOfFlags } from "./flags.ts";
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
	const ofEdit = edit && edit.id !== model.id ? meaningOfFlags(edit) : [];
	const lines = meanings.map(({ flag, inputs }) => {
		const isImage = ["image", "mask"].includes(flag);
		const others = ofEdit?.find((one) => isImage && one.flag === flag)?.inputs;
		if (inputs.length > 0) return [`--${flag}`, inputs.join(", ")];
		return others?.length
			? [`--${flag}`, `goes to ${edit?.id}`]
			: [`--${flag}`];
	});
	const none = lines.filter(({ length }) => length === 1).flat();
	return [
		...lines.filter(({ length }) => length > 1),
		...(none.length > 0 ? [["not for it", none.join(" ")]] : []),
	];
}

function section(title: string, lines: readonly Cells[]): string {
	return `${title}\n${rows(lines.map(([first = "", ...rest]) => [`  ${first}`, ...rest]))}`;
}

function rows(cells: readonly Cells[]): string {
	return alignRows(cells.map((row) => row.map((cell) => escaped(cell))));
}
