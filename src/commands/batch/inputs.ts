import { Failure } from "../../errors.ts";
import type { Input } from "../../models/check-inputs.ts";
import type { Model } from "../../models/model.ts";
import { placeholdersOf } from "../../names/template.ts";
import type { RowOrder } from "../../orders/plan-rows.ts";
import type { InputFile } from "../../purchase/job.ts";
import { ownColumns, type Row } from "../../rows/row.ts";
import { mistypedName } from "../../system/nearest-name.ts";
import {
	formatWish,
	type InputFlags,
	readInputs,
	withSizeName,
} from "../image/input-flags.ts";
import {
	type ImageFlags,
	modelForImages,
	readImages,
} from "../image/inputs.ts";
import type { Session } from "../session/session.ts";

/** What rows may say, and what becomes of it. */
export interface RowInputs {
	/** Keys of a row that are inputs of its model; of the default model for undefined. @throws {Failure} `usage` */
	namesFor(model: string | undefined): readonly string[];
	/** @throws {Failure} `usage` */
	read(row: Row): Promise<RowOrder>;
	/** Models that rows named and that no table describes. */
	readonly undescribed: ReadonlySet<string>;
	/** Keys of rows that other models take as inputs and theirs does not: what was found first of each, in words. */
	readonly passedOver: ReadonlyMap<string, string>;
}

/** Keys of a row that name images: files of this machine are looked at and uploaded. */
const imageKeys = ["image", "image_url", "image_urls"];
const maskKeys = ["mask", "mask_url"];

/** @param options what holds for every row that does not say otherwise */
export function createRowInputs(
	options: InputFlags & ImageFlags & { readonly prompt?: string },
	defaultModel: string,
	session: Session,
): RowInputs {
	const { catalogue, runtime, settings } = session;
	const undescribed = new Set<string>();
	const passedOver = new Map<string, string>();
	const judged = new Map<string, Set<string>>();
	const names = new Map<string, readonly string[]>();
	const others = familyInputs(catalogue);
	const usedNames = new Set(
		[settings.output.value, options.prompt].flatMap((template) =>
			template === undefined ? [] : placeholdersOf(template),
		),
	);
	const common = new Map<string, Input>();
	const looks = new Map<
		string,
		Promise<readonly [Input, readonly InputFile[]]>
	>();

	function find(name: string): Model {
		const model = catalogue.find(name);
		if (model.source === "nobody") undescribed.add(model.id);
		return model;
	}

	/** What the options say to a model: the same for each of its rows. */
	function commonInputs(model: Model): Input {
		const known = common.get(model.id) ?? readInputs(options, model, catalogue);
		common.set(model.id, known);
		return known;
	}

	/** Each file is looked at once, however many rows start from it. */
	async function imagesFor(flags: ImageFlags, model: Model) {
		if (flags.image === undefined && flags.mask === undefined) return noImages;
		if (flags.image?.includes("-") || flags.mask === "-")
			throw new Failure("usage", "a batch takes no image from stdin", {
				hint: "give it as a file",
			});
		const key = JSON.stringify([model.id, flags]);
		const look =
			looks.get(key) ??
			readImages(flags, model, session.folders.state, runtime).then(
				({ inputs, files }) => [inputs, files] as const,
			);
		looks.set(key, look);
		return look;
	}

	/** A column for names is all right; one that somebody thinks is an input had better be told. */
	function noteColumns({ columns, line }: Row, model: Model): void {
		// Each column is thought about once a model: there may be a hundred thousand rows.
		const known = judged.get(model.id) ?? new Set(usedNames);
		judged.set(model.id, known);
		for (const column in columns) {
			if (known.has(column) || columns[column]?.trim() === "") continue;
			known.add(column);
			const why = mistakeIn(column, model, others);
			if (why && !passedOver.has(column))
				passedOver.set(
					column,
					`line ${line}: ${column} is passed over, ${why}`,
				);
		}
	}

	function namesOf(model: Model): readonly string[] {
		const sibling = model.edit ? catalogue.find(model.edit) : model;
		const inputs = [...(model.inputs ?? []), ...(sibling.inputs ?? [])];
		const own = inputs.map(({ name }) => name);
		return [...new Set([...own, ...imageKeys, ...maskKeys])];
	}

	return {
		undescribed,
		passedOver,
		namesFor(name) {
			const model = find(name ?? defaultModel);
			const known = names.get(model.id) ?? namesOf(model);
			names.set(model.id, known);
			return known;
		},
		async read(row) {
			const flags = imageFlags(row, options);
			const model = modelForImages(
				find(row.model ?? defaultModel),
				flags,
				catalogue,
			);
			noteColumns(row, model);
			const own = Object.entries(row.inputs).filter(
				([name]) => !imageKeys.includes(name) && !maskKeys.includes(name),
			);
			const input = withSizeName(
				{ ...commonInputs(model), ...Object.fromEntries(own) },
				model,
			);
			const [images, files] = await imagesFor(flags, model);
			const output = row.output ?? settings.output.value;
			return {
				model,
				input: { ...input, ...formatWish(output, model, input), ...images },
				files,
			};
		},
	};
}

/** Why a column was most likely meant for an input; undefined where it is none of our business. */
function mistakeIn(
	column: string,
	{ inputs, name }: Model,
	others: ReadonlySet<string>,
): string | undefined {
	if (inputs === undefined) return undefined;
	const known = [...inputs.map((input) => input.name), ...rowNames];
	if (known.includes(column)) return undefined;
	if (others.has(column)) return `${name} has no such input`;
	const meant = mistypedName(column, known);
	return meant && `did you mean ${meant}?`;
}

const rowNames: readonly string[] = [...ownColumns, ...imageKeys, ...maskKeys];
/** Options that have other names as inputs, so that no model knows them. */
const optionNames = ["size", "negative", "format"];

/** Names of inputs that some model has, beside those that rows have anyway. */
function familyInputs({ models }: Session["catalogue"]): ReadonlySet<string> {
	const names = models.flatMap(({ inputs = [] }) =>
		inputs.map(({ name }) => name),
	);
	const foreign = names.filter((name) => !rowNames.includes(name));
	return new Set([...foreign, ...optionNames]);
}

const noImages = [{}, []] as const;

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
