import { mostImages } from "../../models/describe.ts";
import { differences } from "../../models/differences.ts";
import { family } from "../../models/family.ts";
import type { Mark, Model, ModelInput, Price } from "../../models/model.ts";
import { service } from "../../runflow/service.ts";
import { microsToUsd } from "../../system/money.ts";

/** A model for programs (`--json`): names are added, never changed, within a version. What is not known is null. */
export function modelRecord(model: Model) {
	return {
		version: 1,
		id: model.id,
		name: model.name,
		aliases: model.aliases,
		summary: model.summary,
		price: priceRecord(model.price),
		pricing_note: model.pricingNote ?? null,
		inputs: model.inputs?.map(inputRecord) ?? null,
		formats: model.formats,
		size: model.size ?? null,
		max_resolution: model.maxResolution ?? null,
		max_images: mostImages(model) ?? null,
		edit: model.edit === model.id ? null : (model.edit ?? null),
		standing: model.standing ?? null,
		sure: { ...model.sure, links: sureOfLinks(model) },
		source: model.source,
		differences: differencesFromTable(model),
		docs_url: service.links.modelDocs(model.id),
		text_url: service.links.modelText(model.id),
		openapi_url: service.links.openApi,
	};
}

/** Only Ultra's are written down somewhere. */
export function sureOfLinks({ id }: Model): Mark {
	return id === service.links.documentedModel ? "documented" : "inferred";
}

export function differencesFromTable(model: Model): readonly string[] {
	const own = family.find(({ id }) => id === model.id);
	return own && model.source === "catalogue" ? differences(own, model) : [];
}

/** In US dollars; `choice`: by the value of an input, at most `most_usd` for those that are not listed. */
function priceRecord(price: Price) {
	switch (price.per) {
		case "image":
		case "megapixel":
			return { per: price.per, usd: microsToUsd(price.micros) };
		case "choice":
			return {
				per: price.per,
				input: price.input,
				usd: Object.fromEntries(
					Object.entries(price.micros).map(([choice, micros]) => [
						choice,
						microsToUsd(micros),
					]),
				),
				most_usd: microsToUsd(price.most),
			};
		case "unknown":
			return { per: price.per };
		default:
			return price satisfies never;
	}
}

function inputRecord(input: ModelInput) {
	return {
		name: input.name,
		type: input.kind,
		required: input.isRequired ?? false,
		default: input.initial ?? null,
		min: input.min ?? null,
		max: input.max ?? null,
		choices: input.choices ?? null,
		pattern: input.pattern ?? null,
		description: input.says ?? null,
	};
}
