import type { Caller } from "./caller.ts";
import {
	type ModelDescription,
	modelListSchema,
	modelSchema,
} from "./model-description.ts";
import { ServiceProblem } from "./problem.ts";
import { service } from "./service.ts";

export interface PublicList {
	readonly models: readonly ModelDescription[];
	/** False where its cursor led nowhere: then a model that is not in it may exist all the same. */
	readonly isComplete: boolean;
}

/** The service's own description of its models. Each throws ServiceProblem for an answer that is an error and WireError for none. */
export function createModelCatalogueApi({ read }: Caller) {
	async function readAt(path: string, id: string, signal?: AbortSignal) {
		const model = await read(modelSchema, path, signal);
		if (isAbout(model, id)) return model;
		throw new ServiceProblem(`an answer about ${model.slug}, not ${id}`, {
			status: 200,
			fromService: false,
		});
	}

	return {
		/** `GET /v1/models/{model}`, with the key; where the service knows no such path, without the owner. The description of another model is an error. */
		readModel(id: string, signal?: AbortSignal): Promise<ModelDescription> {
			const [path, short] = service.paths.model(id);
			return readAt(path, id, signal).catch((error) => {
				if (!isNotFound(error) || short === undefined) throw error;
				// Where runs are made without the owner, models are found so too. What it says of another one is no answer.
				return readAt(short, id, signal).catch((second) => {
					throw isNotFound(second) || second.status === 200 ? error : second;
				});
			});
		},

		/** `GET /v1/public/models`, all pages of it. Needs no key. */
		async listPublic(signal?: AbortSignal): Promise<PublicList> {
			const models: ModelDescription[] = [];
			let cursor: string | undefined;
			for (let page = 1; page <= service.catalogue.maxPages; page += 1) {
				const search = cursor ? `?${new URLSearchParams({ pq: cursor })}` : "";
				const path = `${service.paths.publicModels}${search}`;
				const list = await read(modelListSchema, path, signal);
				models.push(...list.models);
				if (list.isLastPage) return { models, isComplete: true };
				if (list.next === undefined || list.next === cursor) break;
				cursor = list.next;
			}
			return { models, isComplete: false };
		},
	};
}

function isNotFound(error: unknown): boolean {
	return (
		error instanceof ServiceProblem && error.status === 404 && error.fromService
	);
}

/** A slug may come without the owner, and with other characters between its words; `…/edit` is not the model before it. */
function isAbout({ slug }: ModelDescription, id: string): boolean {
	if (slug === undefined) return true;
	const words = (text: string) =>
		`-${text.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`;
	return words(id).endsWith(words(slug));
}
