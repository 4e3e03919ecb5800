import type {
	InputDescription,
	ModelDescription,
} from "../../src/runflow/model-description.ts";

/** A model as the service describes it; what is not given is not told. */
export function wireModel(told: Partial<ModelDescription>): ModelDescription {
	return {
		slug: undefined,
		id: undefined,
		name: undefined,
		description: undefined,
		statuses: [],
		maxResolution: undefined,
		pricingNote: undefined,
		inputs: undefined,
		outputs: [],
		...told,
	};
}

/** One input of it. */
export function wireInput(
	name: string,
	told: Partial<InputDescription> = {},
): InputDescription {
	return {
		name,
		description: undefined,
		type: undefined,
		limits: {},
		isRequired: false,
		initial: undefined,
		...told,
	};
}
