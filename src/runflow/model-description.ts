import * as z from "zod";
import { parseJson } from "./problem.ts";

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

// Each completes "an answer with …".
const noModel = "no model object";
const noModels = "no list of models";

const text = z
	.string()
	.transform((written) => written.trim() || undefined)
	.nullish()
	.catch(undefined);

const inputSchema = z
	.looseObject({
		name: z.string().min(1),
		description: text,
		variable_type_code: text,
		validator_attrs: z.unknown().optional(),
		is_required: z.unknown().optional(),
		default_value: z.unknown().optional(),
		sort_order: z.number().catch(0),
	})
	.transform((wire) => ({
		name: wire.name,
		description: wire.description ?? undefined,
		type: wire.variable_type_code ?? undefined,
		limits: limitsOf(wire.validator_attrs),
		isRequired: [true, "true", 1].includes(wire.is_required as never),
		initial: wire.default_value ?? undefined,
		order: wire.sort_order,
	}));

/** One model. Whatever cannot be read counts as not told; without a name of any kind it is none. */
export const modelSchema = z
	.looseObject(
		{
			id: text,
			slug: text,
			name: text,
			description: text,
			status_code: text,
			availability_status: text,
			max_resolution: text,
			pricing_note: text,
			inputs: z.array(z.unknown()).nullish().catch(undefined),
			outputs: z.array(z.unknown()).nullish().catch(undefined),
		},
		noModel,
	)
	.refine(({ id, slug, name }) => Boolean(id ?? slug ?? name), noModel)
	.transform(
		(wire): ModelDescription => ({
			slug: wire.slug ?? undefined,
			id: wire.id ?? undefined,
			name: wire.name ?? undefined,
			description: wire.description ?? undefined,
			statuses: [wire.status_code, wire.availability_status].filter(
				(status) => typeof status === "string",
			),
			maxResolution: wire.max_resolution ?? undefined,
			pricingNote: wire.pricing_note ?? undefined,
			inputs: wire.inputs ? inputsOf(wire.inputs) : undefined,
			outputs: wire.outputs ?? [],
		}),
	);

/** A page of models: in `items`, as other lists have them, or a bare array. */
export const modelListSchema = z
	.union(
		[
			z.array(z.unknown()).transform((items) => ({ items })),
			z.looseObject({ items: z.array(z.unknown()) }),
		],
		noModels,
	)
	.transform(({ items, ...wire }) => {
		const { next, next_pq } = wire as Readonly<Record<string, unknown>>;
		const cursor = next || next_pq;
		return {
			// One entry that cannot be read must not hide all the others.
			models: items.flatMap((item) => modelSchema.safeParse(item).data ?? []),
			next: typeof cursor === "string" ? cursor : undefined,
			isLastPage: !cursor,
		};
	});

function inputsOf(wire: readonly unknown[]): readonly InputDescription[] {
	return wire
		.flatMap((input) => inputSchema.safeParse(input).data ?? [])
		.sort((a, b) => a.order - b.order)
		.map(({ order: _, ...input }) => input);
}

/** An object, the same as text, or a list of either kind of pairs: nobody has said which. */
function limitsOf(wire: unknown): Readonly<Record<string, unknown>> {
	const read = typeof wire === "string" ? parseJson(wire) : wire;
	const entries = Array.isArray(read) ? read : [read];
	return Object.assign({}, ...entries.map(limitOf));
}

/** `{"max": 4}`, or `{"name": "max", "value": 4}`. */
function limitOf(entry: unknown): Readonly<Record<string, unknown>> {
	const pair = pairSchema.safeParse(entry).data;
	if (pair) return { [pair.name ?? pair.type ?? pair.code ?? ""]: pair.value };
	return z.record(z.string(), z.unknown()).safeParse(entry).data ?? {};
}

const pairSchema = z
	.object({ name: text, type: text, code: text, value: z.unknown() })
	.refine((pair) => pair.value !== undefined);
