import type { Exchange } from "../api/exchange.ts";
import type { PictureSize, Settings } from "../options.ts";
import { type Answer, json } from "../server/answers.ts";
import { Problem } from "../server/problems.ts";
import { idOf } from "../state/ids.ts";
import type {
	PictureFormat,
	PictureKind,
	RunRecord,
} from "../state/records.ts";
import { models, namedSizes, type SandboxModel } from "./models.ts";

/** `GET /v1/models/{owner}/{slug}` */
export function readModel(exchange: Exchange): Answer {
	return json(200, modelView(modelOf(exchange)));
}

/** `GET /v1/public/models`, which needs no key. That it is a list with `items` like the others is inferred. */
export function listModels(): Answer {
	return json(200, { items: models.map(modelView), next: null });
}

/**
 * The model that the path names. The form without the owner is not found, unless a fault turns that round.
 * @throws {Problem} 404
 */
export function modelOf({ captured, strikes }: Exchange): SandboxModel {
	const model = models.find(({ id }) =>
		strikes.has("short-path")
			? id.slice(id.indexOf("/") + 1) === captured
			: id === captured,
	);
	if (model && !strikes.has("404")) return model;
	throw new Problem("MODEL_NOT_FOUND", `Model ${captured} was not found`);
}

/** What a run of this input delivers and costs: the input's own wish, else the sandbox's settings, else the model's own. */
export function quote(
	model: SandboxModel,
	input: Readonly<Record<string, unknown>>,
	settings: Settings,
): Pick<RunRecord, "model" | "input" | "picture" | "count" | "priceMicros"> {
	const named = sizeOf(input.image_size);
	const size = settings.size ?? model.picture;
	const picture: PictureKind = {
		width: named?.width ?? numberOf(input.width) ?? size.width,
		height: named?.height ?? numberOf(input.height) ?? size.height,
		format:
			formats.find((format) => format === input.output_format) ??
			model.picture.format,
	};
	return {
		model: model.id,
		input,
		picture,
		count: numberOf(input.num_images) ?? 1,
		priceMicros: settings.priceMicros ?? model.price(picture, input),
	};
}

const formats: readonly PictureFormat[] = ["jpeg", "png", "webp"];

/** Of a name, or of {width, height} as it was checked. */
function sizeOf(wish: unknown): PictureSize | undefined {
	return typeof wish === "string"
		? namedSizes.get(wish)
		: ((wish as PictureSize | null) ?? undefined);
}

function numberOf(value: unknown): number | undefined {
	return typeof value === "number" ? value : undefined;
}

/** Names of the fields: vendor documentation; the values of the codes are inferred. */
function modelView(model: SandboxModel): Record<string, unknown> {
	return {
		id: idOf(model.id),
		slug: model.id,
		name: model.name,
		description: model.description,
		status_code: "active",
		availability_status: "available",
		max_resolution: model.maxResolution,
		supports_streaming: false,
		pricing_note: model.pricingNote,
		inputs: model.inputs.map((input, index) => ({
			name: input.name,
			description: input.description,
			variable_type_code: input.type,
			validator_attrs: input.limits,
			is_required: input.required,
			default_value: input.defaultValue,
			sort_order: index,
		})),
		outputs: [{ name: "outputs", variable_type_code: "image", sort_order: 0 }],
	};
}
