import type { Exchange } from "../api/exchange.ts";
import type { ActiveFaults } from "../faults/injector.ts";
import type { PictureSize, Settings } from "../options.ts";
import { type Answer, json } from "../server/answers.ts";
import { Problem } from "../server/problems.ts";
import { idOf } from "../state/ids.ts";
import type {
	PictureFormat,
	PictureKind,
	RunRecord,
} from "../state/records.ts";
import { input } from "./inputs.ts";
import { models, namedSizes, type SandboxModel, ultraEdit } from "./models.ts";

/** `GET /v1/models/{owner}/{slug}` */
export function readModel(exchange: Exchange): Answer {
	return json(200, modelView(modelOf(exchange)));
}

/** `GET /v1/public/models`, which needs no key. That it is a list with `items` like the others is inferred. */
export function listModels({ faults }: Exchange): Answer {
	const items = models.map((model) => modelView(asRead(model, faults)));
	return json(200, { items, next: null });
}

/**
 * The model that the path names. The form without the owner is not found, unless a fault turns that round.
 * @throws {Problem} 404
 */
export function modelOf({ captured, faults }: Exchange): SandboxModel {
	const model = models.find(({ id }) =>
		faults.has("short-path")
			? id.slice(id.indexOf("/") + 1) === captured
			: id === captured,
	);
	if (model && !faults.has("404")) return asRead(model, faults);
	throw new Problem("MODEL_NOT_FOUND", `Model ${captured} was not found`);
}

/** Ultra Edit takes an image under every name that siblings have for it, or under one alone. */
function asRead(model: SandboxModel, faults: ActiveFaults): SandboxModel {
	const only = editImages.find(([reading]) => faults.has(reading))?.[1];
	if (model !== ultraEdit || !only) return model;
	const rest = model.inputs.filter(({ type }) => !type.startsWith("image"));
	return { ...model, needsImage: false, inputs: [...rest, only] };
}

const editImages = [
	["edit-image-url", input("image_url", "image", { required: true })],
	["edit-image-urls", input("image_urls", "images", { required: true })],
	["edit-image-b64", input("image_b64", "image", { required: true })],
] as const;

/** What a run of this input delivers and costs: what the input asks for, else the sandbox's settings, else the model's own. */
export function quote(
	model: SandboxModel,
	given: Readonly<Record<string, unknown>>,
	settings: Settings,
): Pick<RunRecord, "model" | "input" | "picture" | "count" | "priceMicros"> {
	const named = sizeOf(given.image_size);
	const size = settings.size ?? model.picture;
	const picture: PictureKind = {
		width: named?.width ?? numberOf(given.width) ?? size.width,
		height: named?.height ?? numberOf(given.height) ?? size.height,
		format:
			formats.find((format) => format === given.output_format) ??
			model.picture.format,
	};
	return {
		model: model.id,
		input: given,
		picture,
		count: numberOf(given.num_images) ?? 1,
		priceMicros: settings.priceMicros ?? model.price(picture, given),
	};
}

const formats: readonly PictureFormat[] = ["jpeg", "png", "webp"];

/** Of a name, or of {width, height} as it was checked. */
function sizeOf(request: unknown): PictureSize | undefined {
	return typeof request === "string"
		? namedSizes.get(request)
		: ((request as PictureSize | null) ?? undefined);
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
