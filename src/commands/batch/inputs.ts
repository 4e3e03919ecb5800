import { Failure } from "../../errors.ts";
import { type Catalogue, inOwnWords } from "../../models/catalogue.ts";
import type { Input } from "../../models/check-inputs.ts";
import type { Model } from "../../models/model.ts";
import { placeholdersOf } from "../../names/template.ts";
import type { RowOrder } from "../../orders/planner.ts";
import type { Row } from "../../rows/row.ts";
import {
	type InputFlags,
	readInputs,
	requestedFormat,
	withSizeName,
} from "../image/input-flags.ts";
import {
	type ImageFlags,
	type Images,
	imageInputs,
	modelForImages,
	readImages,
} from "../image/inputs.ts";
import type { Session } from "../session/session.ts";
import { createColumnCheck, imageKeys, maskKeys } from "./stray-columns.ts";

type RowFlags = InputFlags & ImageFlags & { readonly prompt?: string };

/** What rows may say, and what becomes of it. */
export class RowInputs {
	readonly #flags: RowFlags;
	readonly #defaultModel: string;
	readonly #session: Session;
	/** Models that rows named and that no table describes. */
	readonly undescribed = new Set<string>();
	/** Keys of rows that other models take as inputs and theirs does not: what was found first of each, in words. */
	readonly passedOver = new Map<string, string>();
	readonly #checkColumns: (row: Row, model: Model) => void;
	// By model, as there may be a hundred thousand rows.
	readonly #names = new Map<string, readonly string[]>();
	readonly #common = new Map<string, Input>();
	/** Of rows that say nothing beside prompt and seed. */
	readonly #plain = new Map<string, Promise<RowOrder>>();
	/** By their names: each file is looked at once, however many rows start from it. */
	readonly #images = new Map<string, Promise<Images>>();

	constructor(flags: RowFlags, defaultModel: string, session: Session) {
		this.#flags = flags;
		this.#defaultModel = defaultModel;
		this.#session = session;
		const { settings, catalogue } = session;
		const templates = [settings.output.value, flags.prompt];
		this.#checkColumns = createColumnCheck(
			templates.flatMap((template) => placeholdersOf(template ?? "")),
			catalogue,
			this.passedOver,
		);
	}

	/** Keys of a row that are inputs of its model; of the default model for undefined. @throws {Failure} `usage` */
	namesFor(name: string | undefined): readonly string[] {
		const model = this.#find(name);
		const known = this.#names.get(model.id) ?? this.#namesOf(model);
		this.#names.set(model.id, known);
		return known;
	}

	/** @throws {Failure} `usage` */
	async read(row: Row): Promise<RowOrder> {
		const { source, id } = this.#find(row.model);
		const isPlain = row.output === undefined && isEmpty(row.inputs);
		const key = `${source} ${id}`;
		const reading = (isPlain && this.#plain.get(key)) || this.#readOwn(row);
		if (isPlain) this.#plain.set(key, reading);
		const order = await reading;
		this.#checkColumns(row, order.model);
		return order;
	}

	async #readOwn(row: Row): Promise<RowOrder> {
		const { catalogue, settings } = this.#session;
		const flags = imageFlags(row, this.#flags);
		const images = await this.#imagesFor(flags);
		const given = Object.fromEntries(
			Object.entries(row.inputs).filter(
				([name]) => !imageKeys.includes(name) && !maskKeys.includes(name),
			),
		);
		const output = row.output ?? settings.output.value;
		const inputsBy = (words: Catalogue) => {
			const asks = words.find(row.model ?? this.#defaultModel);
			const model = modelForImages(asks, flags, words);
			const common = this.#commonInputs(model, words);
			const input = withSizeName({ ...common, ...given }, model);
			const format = requestedFormat(output, model, input);
			return {
				model,
				input: { ...input, ...format, ...imageInputs(images, model) },
			};
		};
		return {
			...inputsBy(catalogue),
			inOwnWords: inOwnWords(inputsBy),
			files: images.files,
		};
	}

	#find(name = this.#defaultModel): Model {
		const model = this.#session.catalogue.find(name);
		if (model.source === "nobody") this.undescribed.add(model.id);
		return model;
	}

	#namesOf(model: Model): readonly string[] {
		const { catalogue } = this.#session;
		const sibling = model.edit ? catalogue.find(model.edit) : model;
		const inputs = [...(model.inputs ?? []), ...(sibling.inputs ?? [])];
		const own = inputs.map(({ name }) => name);
		return [...new Set([...own, ...imageKeys, ...maskKeys])];
	}

	#commonInputs(model: Model, words: Catalogue): Input {
		const key = `${model.source} ${model.id}`;
		const known =
			this.#common.get(key) ?? readInputs(this.#flags, model, words);
		this.#common.set(key, known);
		return known;
	}

	async #imagesFor(flags: ImageFlags): Promise<Images> {
		if (flags.image?.includes("-") || flags.mask === "-")
			throw new Failure("usage", "a batch takes no image from stdin", {
				hint: "give it as a file",
			});
		const key = JSON.stringify(flags);
		const { folders, runtime } = this.#session;
		const look =
			this.#images.get(key) ?? readImages(flags, folders.state, runtime);
		this.#images.set(key, look);
		return look;
	}
}

function isEmpty(inputs: Row["inputs"]): boolean {
	for (const _ in inputs) return false;
	return true;
}

/** A row's own images go before those of the options. */
function imageFlags({ inputs }: Row, options: ImageFlags): ImageFlags {
	const images = imageKeys.flatMap((key) => textsOf(inputs[key]));
	const [mask = options.mask] = maskKeys.flatMap((key) => textsOf(inputs[key]));
	const image = images.length > 0 ? images : options.image;
	return { ...(image && { image }), ...(mask !== undefined && { mask }) };
}

function textsOf(value: unknown): readonly string[] {
	if (Array.isArray(value)) return value.flatMap(textsOf);
	return typeof value === "string" && value !== "" ? [value] : [];
}
