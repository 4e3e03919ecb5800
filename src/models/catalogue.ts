import { Failure } from "../errors.ts";
import { nearestName } from "../system/nearest-name.ts";
import { family } from "./family.ts";
import type { Model } from "./model.ts";

/** The standing of a model that is for something else: it must not be bought from. */
export const deliversNone = "delivers no images";

export type Catalogue = ReturnType<typeof createCatalogue>;

/** Where models are looked up. @param live what the live catalogue said of late; it beats our own table */
export function createCatalogue(live: readonly Model[] = []) {
	let models = withLive(family, live);
	return {
		/** Our own table, in its order, with what the live catalogue changed and added. */
		get models(): readonly Model[] {
			return models;
		},
		/** Takes in what the live catalogue says of some models. */
		learn(more: readonly Model[]): void {
			models = withLive(models, more);
		},
		/**
		 * The model of an alias or an `owner/slug`; an id that nobody has described is taken as it is, with no price, any
		 * format and unchecked inputs.
		 * @throws {Failure} `usage` for a short name that nobody knows
		 */
		find(name: string): Model {
			const wanted = name.trim().toLowerCase();
			const known = models.find(
				({ id, aliases }) =>
					id.toLowerCase() === wanted || aliases.includes(wanted),
			);
			if (known) return known;
			if (isModelId(name.trim())) return nobodysModel(name.trim());
			throw unknownModel(name, models);
		},
	};
}

const table = createCatalogue();

/**
 * What is asked for in the words of our own table, which the live catalogue cannot change from one day to the next: keys are
 * made of it.
 * @returns undefined where the live catalogue's words are all that there are
 */
export function inOwnWords<T extends { readonly model: Model }>(
	read: (table: Catalogue) => T,
): T | undefined {
	try {
		const own = read(table);
		return own.model.source === "table" ? own : undefined;
	} catch (error) {
		// What our table does not have: a model, an option, a value.
		if (error instanceof Failure) return undefined;
		throw error;
	}
}

function withLive(
	known: readonly Model[],
	live: readonly Model[],
): readonly Model[] {
	const described = new Map(live.map((model) => [model.id, model]));
	return [
		...known.map((model) => described.get(model.id) ?? model),
		...live.filter(({ id }) => !known.some((model) => model.id === id)),
	];
}

/** Whether a text is an `owner/slug`, perhaps with more segments, that can stand in a path: `a/..` would be another address. */
export function isModelId(text: string): boolean {
	return (
		/^[a-z0-9][\w.-]*(\/[\w.-]+)+$/i.test(text) && !/\/\.+(\/|$)/.test(text)
	);
}

/** A model of which only the id is known. */
export function nobodysModel(id: string): Model {
	return {
		id,
		name: id,
		aliases: [],
		summary: "not in our table",
		inputs: undefined,
		price: { per: "unknown" },
		formats: ["jpeg", "png", "webp"],
		size: undefined,
		maxResolution: undefined,
		likelyEndMs: { from: 1_000, to: 15_000 },
		sure: {
			id: "unknown",
			price: "unknown",
			inputs: "unknown",
			output: "unknown",
		},
		source: "nobody",
	};
}

function unknownModel(name: string, models: readonly Model[]): Failure {
	const aliases = models.flatMap((model) => model.aliases);
	// Every second name begins with it.
	const nearest =
		nearestName(name, aliases) ??
		nearestName(name.replace(/^flux-/i, ""), aliases);
	const known = models.flatMap((model) => model.aliases[0] ?? []).join(", ");
	return new Failure("usage", `unknown model "${name}"`, {
		hint: nearest
			? `did you mean ${nearest}? all of them: flux-ultra models`
			: `known: ${known}; any other as owner/slug`,
	});
}
