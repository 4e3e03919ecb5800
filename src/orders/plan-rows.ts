import { createHash } from "node:crypto";
import path from "node:path";
import { Failure } from "../errors.ts";
import { checkInput, type Input } from "../models/check-inputs.ts";
import { expectedFormats, imagesOf } from "../models/expected.ts";
import type { Model } from "../models/model.ts";
import { expandTemplate } from "../names/expand.ts";
import { outputTemplate } from "../names/output.ts";
import { extensionOf } from "../names/places.ts";
import { slugOf } from "../names/slug.ts";
import { placeholdersOf } from "../names/template.ts";
import { dedupeKey, type InputFile } from "../purchase/job.ts";
import type { BadRow, Row } from "../rows/row.ts";
import { localDate } from "../system/local-date.ts";
import {
	makeJob,
	type PlannedJob,
	type Terms,
	takesInput,
} from "./make-job.ts";

/** What holds for every row of a batch that does not say otherwise. */
export interface BatchOrder extends Terms {
	/** What a row asks of which model. @throws {Failure} `usage` */
	readonly read: (row: Row) => Promise<RowOrder>;
	/** File, folder, template; undefined: names in the working folder. */
	readonly output: string | undefined;
	/** Whether rows may name places by absolute paths. */
	readonly allowsAbsolute: boolean;
	readonly cwd: string;
	/** Counts the rows of the file, for the width of `{index}`; asked only where a template has that. */
	readonly countRows: () => Promise<number>;
}

/** What a row asks for, with what holds for every row. */
export interface RowOrder {
	readonly model: Model;
	/** Inputs beside prompt and seed; files of this machine as `file:<sha256>`. */
	readonly input: Input;
	readonly files: readonly InputFile[];
}

/**
 * Turns rows into jobs, in their order. A row's identity is what it asks for and not its place, so
 * rows can be added, taken away and moved; the same row twice is two images.
 */
export async function* planRows(
	rows: AsyncIterable<Row | BadRow>,
	order: BatchOrder,
): AsyncGenerator<PlannedRow | BadRow> {
	const copies = new Map<string, number>();
	const folders = createFolders(order);
	// What is wrong with -o is wrong with all rows.
	await folders(1);
	let index = 1;
	let ordinal = 0;
	for await (const row of rows) {
		if ("reason" in row) {
			yield row;
			continue;
		}
		ordinal += 1;
		try {
			const wish = await readWish(row, order, folders, ordinal);
			for (let copy = 1; copy <= row.count; copy += 1) {
				yield planRun(wish, row, index, copies, order);
				index += wish.images;
			}
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			const hint = error.hint ? ` (${error.hint})` : "";
			yield { line: row.line, reason: `${error.message}${hint}` };
		}
	}
}

/** A run with a name and a seed that the same row has in every repetition. */
export interface PlannedRow extends PlannedJob {
	readonly line: number;
}

interface RowWish extends RowOrder {
	readonly input: Input & { readonly prompt: string };
	readonly images: number;
	/** Everything expanded but seed, run, extension and which image of its run. */
	readonly template: string;
}

/** Filled in later than the identity, or by the purchase. */
const lateNames = ["seed", "run", "ext", "output"];

async function readWish(
	row: Row,
	order: BatchOrder,
	folders: Folders,
	ordinal: number,
): Promise<RowWish> {
	const { model, input, files } = await order.read(row);
	const images = imagesOf(input);
	const base = await folders(images);
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
		date: localDate(new Date(order.nowMs)),
	};
	checkFilled(template, values);
	return {
		model,
		images,
		input: { ...input, prompt: row.prompt },
		files,
		template: expandTemplate(template, values, { keep: lateNames }),
	};
}

function planRun(
	{ model, input: asked, images, files, template }: RowWish,
	{ line, seed }: Row,
	index: number,
	copies: Map<string, number>,
	order: BatchOrder,
): PlannedRow {
	const wish = {
		service: order.service,
		model: model.id,
		input: { ...asked, seed },
		output: template,
	};
	const same = dedupeKey({ ...wish, copy: 0 });
	const copy = (copies.get(same) ?? 0) + 1;
	copies.set(same, copy);
	const key = dedupeKey({ ...wish, copy });
	const number = seed ?? seedOf(key);
	const sendsSeed = seed !== undefined || takesInput(model, "seed");
	const input = { ...asked, ...(sendsSeed && { seed: number }) };
	checkInput(model, input);
	const expected = expectedFormats(model, input);
	const values = {
		// Also where the model takes no seed: something must tell images of one prompt apart.
		seed: String(number),
		...(expected.length === 1 && { ext: extensionOf(expected[0] ?? "jpeg") }),
		...(images === 1 && { output: "1" }),
	};
	const output = expandTemplate(template, values, {
		keep: ["run", "ext", "output"],
	});
	const parts = { model, input, files, output, index, line };
	return { key, line, job: makeJob(parts, order) };
}

/** A seed that a repetition finds again. 31 bits: every model of the family takes them. */
function seedOf(key: string): number {
	const digest = createHash("sha256").update(`seed ${key}`).digest();
	return 1 + (digest.readUInt32BE(0) % (2 ** 31 - 2));
}

function createFolders(order: BatchOrder): Folders {
	const known = new Map<number, Promise<string>>();
	return (images) => {
		const folder = known.get(images) ?? folderOf(order, images);
		known.set(images, folder);
		return folder;
	};
}

/** The template of `-o` for runs of so many images. */
type Folders = (images: number) => Promise<string>;

/** Several images never share one plain file. */
async function folderOf(
	{ output, cwd }: BatchOrder,
	images: number,
): Promise<string> {
	if (output === "-")
		throw new Failure("usage", "a batch cannot write its images to stdout", {
			hint: "name a folder: -o images/",
		});
	const template = await outputTemplate(output, { runs: 2, images }, cwd);
	return template ?? "";
}

/**
 * A row's own place: below the folder of `-o`. Rows come from elsewhere more often than options do, so they cannot name
 * a place outside of it; a link inside is followed, since no row can make one.
 * @throws {Failure} `usage` for a place elsewhere
 */
function rowTemplate(
	output: string,
	base: string,
	{ allowsAbsolute }: BatchOrder,
): string {
	const isFolder = /[/\\]$/.test(output);
	const folder = path.dirname(base);
	const place = path.resolve(folder, output);
	const isAbsolute = path.isAbsolute(output);
	if (isAbsolute && !allowsAbsolute)
		throw new Failure("usage", `output "${output}" is an absolute path`, {
			hint: "rows name places below the folder of -o; where you trust them: --allow-absolute",
		});
	if (!isAbsolute && !isBelow(folder, place, isFolder))
		throw new Failure("usage", `output "${output}" leaves the folder of -o`, {
			hint: "rows name places below it",
		});
	return isFolder ? path.join(place, path.basename(base)) : place;
}

/** Only a folder may be the folder itself. */
function isBelow(folder: string, place: string, isFolder: boolean): boolean {
	const way = path.relative(folder, place);
	if (way === "") return isFolder;
	return way.split(path.sep)[0] !== ".." && !path.isAbsolute(way);
}

/** A name with a hole in it, where its template needs the column, is nobody's wish: as in a prompt. */
function checkFilled(
	template: string,
	values: Readonly<Record<string, string>>,
): void {
	const empty = placeholdersOf(template).find(
		(name) => !lateNames.includes(name) && values[name]?.trim() === "",
	);
	if (empty !== undefined)
		throw new Failure("usage", `"${empty}" is empty, and the name needs it`);
}
