import * as z from "zod/mini";
import { parseJson } from "../system/json.ts";
import { asObject, textAt } from "./json.ts";
import { cursorOf } from "./schemas.ts";

/** A model in the words of the service, of which any may be missing. */
export interface ModelDescription {
	/** With or without the owner. */
	readonly slug: string | undefined;
	/** A UUID, or what stands in paths. */
	readonly id: string | undefined;
	readonly name: string | undefined;
	readonly description: string | undefined;
	/** `status_code` and `availability_status`, those that are there. */
	readonly statuses: readonly string[];
	readonly maxResolution: string | undefined;
	/** Prose. */
	readonly pricingNote: string | undefined;
	/** In the order of the service; undefined where it does not describe them. */
	readonly inputs: readonly InputDescription[] | undefined;
	readonly outputs: readonly unknown[];
}

export interface InputDescription {
	readonly name: string;
	readonly description: string | undefined;
	/** `variable_type_code`: its values are not documented. */
	readonly type: string | undefined;
	/** `validator_attrs`: its names are not documented. */
	readonly limits: Readonly<Record<string, unknown>>;
	readonly isRequired: boolean;
	readonly initial: unknown;
}

/** One model. Whatever cannot be read counts as not told; without a name of any kind it is none. */
export const modelSchema = z
	.pipe(
		z.looseObject({}, "no model object"),
		z.transform((wire): ModelDescription => {
			const { inputs, outputs } = wire;
			return {
				slug: wordsIn(wire, "slug"),
				id: wordsIn(wire, "id"),
				name: wordsIn(wire, "name"),
				description: wordsIn(wire, "description"),
				statuses: ["status_code", "availability_status"].flatMap(
					(name) => wordsIn(wire, name) ?? [],
				),
				maxResolution: wordsIn(wire, "max_resolution"),
				pricingNote: wordsIn(wire, "pricing_note"),
				inputs: Array.isArray(inputs) ? inputsIn(inputs) : undefined,
				outputs: Array.isArray(outputs) ? outputs : [],
			};
		}),
	)
	.check(
		z.refine(({ id, slug, name }) => id ?? slug ?? name, "no model object"),
	);

/** A page of models: in `items`, as other lists have them, or a bare array. */
export const modelListSchema = z.pipe(
	z.union(
		[
			z.pipe(
				z.array(z.unknown()),
				z.transform((items) => ({ items })),
			),
			z.looseObject({ items: z.array(z.unknown()) }),
		],
		"no list of models",
	),
	z.transform((page) => ({
		// One entry that cannot be read must not hide all the others.
		models: page.items.flatMap(
			(item) => modelSchema.safeParse(item).data ?? [],
		),
		...cursorOf(page),
	})),
);

function wordsIn(wire: unknown, name: string): string | undefined {
	return textAt(wire, [name])?.trim() || undefined;
}

function inputsIn(wire: readonly unknown[]): readonly InputDescription[] {
	return wire
		.map(asObject)
		.filter((input) => textAt(input, ["name"]))
		.sort((a, b) => orderOf(a) - orderOf(b))
		.map((input) => ({
			name: textAt(input, ["name"]) ?? "",
			description: wordsIn(input, "description"),
			type: wordsIn(input, "variable_type_code"),
			limits: limitsIn(input.validator_attrs),
			isRequired: [true, "true", 1].includes(input.is_required as never),
			initial: input.default_value ?? undefined,
		}));
}

function orderOf({ sort_order }: Readonly<Record<string, unknown>>): number {
	return typeof sort_order === "number" ? sort_order : 0;
}

/** An object, the same as text, or a list of either kind of pairs: nobody has said which. */
function limitsIn(wire: unknown): Readonly<Record<string, unknown>> {
	const read = typeof wire === "string" ? parseJson(wire) : wire;
	return Object.assign({}, ...[read].flat().map(limitsOf));
}

/** `{"max": 4}`, or `{"name": "max", "value": 4}`. */
function limitsOf(entry: unknown): Readonly<Record<string, unknown>> {
	const { value, ...limits } = Array.isArray(entry) ? {} : asObject(entry);
	if (value === undefined) return limits;
	return { [textAt(limits, ["name", "type", "code"]) ?? ""]: value };
}
