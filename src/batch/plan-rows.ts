import { createHash } from "node:crypto";
import path from "node:path";
import { Failure } from "../errors.ts";
import { type Job, keyOf } from "../jobs/job.ts";
import { expandTemplate } from "../jobs/names.ts";
import { outputTemplate } from "../jobs/output.ts";
import { checkExtensions, extensionOf } from "../jobs/places.ts";
import { localDate } from "../jobs/plan.ts";
import { slugOf } from "../jobs/slug.ts";
import { placeholdersOf } from "../jobs/template.ts";
import type { BadRow, Row } from "../rows/row.ts";
import { findModel, type Model } from "../runflow/catalogue.ts";
import { createFrugality } from "./frugal.ts";

/** What holds for every row of a batch that does not say otherwise. */
export interface BatchOrder {
	readonly service: string;
	readonly model: string;
	/** Inputs of every row's model. */
	readonly params: Readonly<Record<string, unknown>>;
	/** File, folder, template; undefined: names in the working folder. */
	readonly output: string | undefined;
	readonly sidecar: boolean;
	readonly callbackUrl: string | undefined;
	readonly project: string | undefined;
	readonly command: string;
	readonly cwd: string;
	readonly nowMs: number;
	/** Counts the rows of the file, for the width of `{index}`; asked only where a template has that. */
	readonly countRows: () => Promise<number>;
}

/** One image of a row, with a name and a seed that the same row has in every repetition. */
export interface PlannedImage {
	readonly line: number;
	/** From 1, over all rows. */
	readonly index: number;
	/** Names the wish: model, inputs, destination and, for rows that are the same, which of them. */
	readonly key: string;
	readonly model: Model;
	readonly prompt: string;
	readonly seed: number;
	readonly input: Readonly<Record<string, unknown>>;
	/** Absolute, perhaps with `{run}` or `{ext}` still in it. */
	readonly output: string;
}

/**
 * Turns rows into images, in their order. A row's identity is what it asks for and not its place, so
 * rows can be added, taken away and moved; the same row twice is two images.
 */
export async function* planRows(
	rows: AsyncIterable<Row | BadRow>,
	order: BatchOrder,
): AsyncGenerator<PlannedImage | BadRow> {
	const copies = new Map<string, number>();
	const base = await folderOf(order);
	let index = 0;
	let ordinal = 0;
	const tidy = createFrugality();
	for await (const row of rows) {
		tidy();
		if ("reason" in row) {
			yield row;
			continue;
		}
		ordinal += 1;
		try {
			const wish = await readWish(row, order, base, ordinal);
			for (let copy = 1; copy <= row.count; copy += 1) {
				index += 1;
				yield planImage(wish, row, index, copies, order);
			}
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			const hint = error.hint ? ` (${error.hint})` : "";
			yield { line: row.line, reason: `${error.message}${hint}` };
		}
	}
}

interface RowWish {
	readonly model: Model;
	readonly input: Readonly<Record<string, unknown>>;
	/** Everything expanded but seed, run and extension. */
	readonly template: string;
}

/** Filled in later than the identity, or by the purchase. */
const lateNames = ["seed", "run", "ext"];

async function readWish(
	row: Row,
	order: BatchOrder,
	base: string,
	ordinal: number,
): Promise<RowWish> {
	const model = findModel(row.model ?? order.model);
	const template =
		row.output === undefined ? base : rowTemplate(row.output, base, order);
	const width = placeholdersOf(template).includes("index")
		? String(await order.countRows()).length
		: 1;
	const values = {
		...row.columns,
		index: String(ordinal).padStart(width, "0"),
		slug: slugOf(row.prompt),
		model: model.id.split("/").slice(1).join("-"),
		date: localDate(order.nowMs),
	};
	return {
		model,
		input: { ...order.params, ...row.inputs, prompt: row.prompt },
		template: expandTemplate(template, values, { keep: lateNames }),
	};
}

function planImage(
	{ model, input, template }: RowWish,
	row: Row,
	index: number,
	copies: Map<string, number>,
	{ service }: BatchOrder,
): PlannedImage {
	const wish = {
		service,
		model: model.id,
		input: { ...input, seed: row.seed },
		output: template,
	};
	const same = keyOf({ ...wish, copy: 0 });
	const copy = (copies.get(same) ?? 0) + 1;
	copies.set(same, copy);
	const key = keyOf({ ...wish, copy });
	const seed = row.seed ?? seedOf(key);
	const values = {
		seed: String(seed),
		...(model.formats.length === 1 && {
			ext: extensionOf(model.formats[0] ?? "jpeg"),
		}),
	};
	const output = expandTemplate(template, values, { keep: ["run", "ext"] });
	checkExtensions(
		[{ output: { path: output, formats: model.formats } }],
		model,
	);
	const { line, prompt } = row;
	return {
		line,
		index,
		key,
		model,
		prompt,
		seed,
		input: { ...input, seed },
		output,
	};
}

/** A seed that a repetition finds again. 31 bits: every model of the family takes them. */
function seedOf(key: string): number {
	const digest = createHash("sha256").update(`seed ${key}`).digest();
	return 1 + (digest.readUInt32BE(0) % (2 ** 31 - 2));
}

/** The template of `-o`; several images never share one plain file. */
async function folderOf({ output, cwd }: BatchOrder): Promise<string> {
	if (output === "-")
		throw new Failure("usage", "a batch cannot write its images to stdout", {
			hint: "name a folder: -o images/",
		});
	const template = await outputTemplate(output, 2, cwd);
	return template ?? "";
}

/** A row's own place: below the folder of `-o`, unless it is absolute. */
function rowTemplate(
	output: string,
	base: string,
	{ cwd }: BatchOrder,
): string {
	const isFolder = /[/\\]$/.test(output);
	const below = base === "" ? cwd : path.dirname(base);
	const absolute = path.resolve(below, output);
	return isFolder ? path.join(absolute, path.basename(base)) : absolute;
}

/** The job of an image that has none on disk yet. */
export function jobOfImage(
	image: PlannedImage,
	order: BatchOrder,
	names: {
		readonly ref: string;
		readonly clientRef: string;
		readonly group: string;
	},
	force: boolean,
): Job {
	const { ref, clientRef, group } = names;
	const body = {
		input: image.input,
		client_ref: clientRef,
		metadata: { job: ref, line: image.line },
		...(order.callbackUrl && { callback_url: order.callbackUrl }),
	};
	return {
		version: 1,
		ref,
		clientRef,
		service: order.service,
		model: image.model.id,
		body: JSON.stringify(body),
		prompt: image.prompt,
		seed: image.seed,
		output: {
			path: image.output,
			force,
			sidecar: order.sidecar,
			formats: image.model.formats,
		},
		group,
		index: image.index,
		project: order.project,
		priceMicros: image.model.priceMicros,
		createdAt: new Date(order.nowMs).toISOString(),
		command: order.command,
		stage: { name: "planned" },
	};
}
