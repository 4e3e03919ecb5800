import { type Answer, json } from "./answers.ts";
import type { Exchange } from "./exchange.ts";
import { idOf } from "./ids.ts";
import { inputView } from "./model-inputs.ts";
import { models, type SandboxModel } from "./models.ts";
import { modelOf } from "./purchase.ts";

/** `GET /v1/models/{owner}/{slug}` */
export function readModel(exchange: Exchange): Answer {
	return json(200, modelView(modelOf(exchange.captured, exchange.strikes)));
}

/** `GET /v1/public/models`, which needs no key. That it is a list with `items` like the others is inferred. */
export function listModels(): Answer {
	return json(200, { items: models.map(modelView), next: null });
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
		inputs: model.inputs.map(inputView),
		outputs: [{ name: "outputs", variable_type_code: "image", sort_order: 0 }],
	};
}
