import { checkInput, type Input } from "../models/check-inputs.ts";
import { expectedFormats, imagesOf } from "../models/expected.ts";
import type { Model } from "../models/model.ts";
import { BESIDE_BYTES, expandTemplate } from "../names/expand.ts";
import { lateNames, outputTemplate } from "../names/output.ts";
import {
	checkExtension,
	checkSidecarName,
	plannedPath,
} from "../names/places.ts";
import { slugOf } from "../names/slug.ts";
import { placeholdersOf } from "../names/template.ts";
import {
	type DedupeInput,
	dedupeKey,
	type InputFile,
} from "../purchase/job.ts";
import type { Row } from "../rows/row.ts";
import { CompactMap } from "../system/compact-map.ts";
import { localDate } from "../system/local-date.ts";
import {
	makeJob,
	type PlannedJob,
	type Terms,
	takesInput,
} from "./make-job.ts";
import { checkFilled, rowTemplate } from "./row-template.ts";

/** What holds for every run of a command, and how a run of one prompt differs from a row of a batch. */
export interface PlanOptions extends Omit<Terms, "createdAt"> {
	readonly nowMs: number;
	/** File, folder, template or `-`, as the user wrote it; undefined: a name in the working folder. */
	readonly output: string | undefined;
	/** Whether rows may name places by absolute paths. */
	readonly allowsAbsolute: boolean;
	readonly cwd: string;
	/** Placeholders that tell the files of runs apart, where it is not the seed. */
	readonly mark?: string;
	/** At least so many, where it is not known `Infinity`: several never share one plain file. */
	readonly runs: number;
	/** How many rows there are, for the width of `{index}`; asked only where a template has that. */
	readonly countRows: () => Promise<number>;
	/** What a key is made of: the template of the output, or what becomes of it for the row. */
	readonly keyedBy: "template" | "name";
	/** The seed of a run that was asked for without one. */
	readonly seedFor: (key: string) => number;
}

/** What is asked for, with what holds for every row. */
export interface RowOrder {
	readonly model: Model;
	/** Inputs beside prompt and seed; files of this machine as `file:<sha256>`. */
	readonly input: Input;
	readonly files: readonly InputFile[];
	/** What our own table calls them: keys are made of that. As they are sent where it is missing. */
	readonly inOwnWords?: Pick<RowOrder, "model" | "input"> | undefined;
}

// Below, Object.assign stands where a spread would take ten times as long, and each row has six of them.

/** What a planner reads of a row; one prompt is a row without a line. */
type PlanRow = Pick<
	Row,
	"prompt" | "choices" | "seed" | "output" | "count" | "columns"
> & { readonly line?: number };

/** Where a row stands among all, those that cannot be bought counted: names and shards go by it. */
interface Place {
	/** Of the row, from 1. */
	readonly ordinal: number;
	/** Of its first image, from 1. */
	readonly index: number;
}

/** The runs of the next row. @throws {Failure} `usage` for what cannot be */
export type Planner = (
	row: PlanRow,
	order: RowOrder,
	place: Place,
) => Promise<readonly PlannedJob[]>;

/**
 * Makes what turns rows into jobs, in their order. Nothing is sent and nothing is made on disk.
 * @throws {Failure} `usage` where the output cannot be
 */
export async function createPlanner(options: PlanOptions): Promise<Planner> {
	const templateFor = createTemplates(options);
	// What is wrong with -o is wrong with all rows.
	await templateFor(1);
	const nextKey = createKeys();
	const now = new Date(options.nowMs);
	const date = localDate(now);
	const terms = { ...options, createdAt: now.toISOString() };
	return async (row, order, { ordinal, index: first }) => {
		let index = first;
		const images = imagesOf(order.input);
		const base = await templateFor(images);
		const template =
			row.output === undefined || base === null
				? base
				: rowTemplate(row.output, base, options.allowsAbsolute);
		const names = placeholdersOf(template ?? "");
		const count = names.includes("index") ? await options.countRows() : 0;
		const about = { names, model: order.model, ordinal, date, count };
		const naming =
			template === null
				? toStdout
				: namingOf(row, template, about, options.keyedBy);
		const planned: PlannedJob[] = [];
		for (let copy = 1; copy <= row.count; copy += 1) {
			const input = dedupeInputOf(row, order, naming.keyed, options);
			const key = nextKey(input);
			const seed = row.seed ?? options.seedFor(key);
			const job = jobOf({ row, order, naming, seed, index }, terms);
			const path = plannedPath(job);
			checkExtension(
				path,
				order.model,
				expectedFormats(order.model, order.input),
			);
			if (options.sidecar) checkSidecarName(path);
			planned.push({ key, line: row.line, job, path });
			index += images;
		}
		return planned;
	};
}

/** Filled in later than the identity, or by the purchase. */
const unfilled = ["seed", "run", "ext", "output"];

/** How the images of a row are named. */
interface Naming {
	/** Null for stdout. */
	readonly template: string | null;
	/** Of its placeholders, but those that come later. */
	readonly values: Readonly<Record<string, string>>;
	/** What the key has of it, the same in all versions: what the disk has beside an image does not count here. */
	readonly keyed: string | null;
}

const toStdout: Naming = { template: null, values: {}, keyed: null };

interface RunFacts {
	/** Of the placeholders in the template. */
	readonly names: readonly string[];
	readonly model: Model;
	/** Of the row, from 1. */
	readonly ordinal: number;
	readonly date: string;
	/** Of all rows, where a name has `{index}`. */
	readonly count: number;
}

/** @throws {Failure} `usage` for a name that cannot be, and for a column that it needs and that is empty */
function namingOf(
	{ prompt, choices = [], columns }: PlanRow,
	template: string,
	{ names, model, ordinal, date, count }: RunFacts,
	keyedBy: PlanOptions["keyedBy"],
): Naming {
	const chosen = Object.fromEntries(choices.map((word, at) => [at + 1, word]));
	const values = Object.assign({}, columns, chosen, {
		index: String(ordinal).padStart(String(count).length, "0"),
		slug: slugOf(prompt, choices),
		model: model.id.split("/").slice(1).join("-"),
		date,
	});
	checkFilled(names, values, unfilled);
	const keyed =
		keyedBy === "template"
			? template
			: expandTemplate(template, values, { keep: unfilled });
	return { template, values, keyed };
}

function dedupeInputOf(
	{ prompt, seed }: PlanRow,
	order: RowOrder,
	output: string | null,
	{ service }: PlanOptions,
): Omit<DedupeInput, "copy"> {
	const { model, input } = order.inOwnWords ?? order;
	return {
		service,
		model: model.id,
		input: Object.assign({}, input, { prompt, seed }),
		output: output ?? "-",
	};
}

/** Dedupe keys: a row's identity is what it asks for and not its place, and the same request twice is two images. */
function createKeys(): (input: Omit<DedupeInput, "copy">) => string {
	const copies = new CompactMap();
	return ({ service, model, input, output }) => {
		const keyOf = (copy: number) =>
			dedupeKey({ service, model, input, output, copy });
		const first = keyOf(1);
		const copy = (copies.get(first) ?? 0) + 1;
		copies.set(first, copy);
		return copy === 1 ? first : keyOf(copy);
	};
}

function jobOf(
	{
		row: { prompt, line, seed: asked },
		order: { model, input, files },
		naming: { template, values },
		seed,
		index,
	}: {
		readonly row: PlanRow;
		readonly order: RowOrder;
		readonly naming: Naming;
		readonly seed: number;
		readonly index: number;
	},
	terms: Terms,
) {
	const sendsSeed = asked !== undefined || takesInput(model, "seed");
	const sent = Object.assign({}, input, { prompt }, sendsSeed && { seed });
	checkInput(model, sent);
	// Also where the model takes no seed: something must tell images of one prompt apart.
	const all = Object.assign({}, values, { seed: String(seed), output: "1" });
	const keep = lateNames(imagesOf(input));
	const reserveBytes = BESIDE_BYTES;
	const output =
		template && expandTemplate(template, all, { keep, reserveBytes });
	return makeJob({ model, input: sent, files, output, index, line }, terms);
}

/** The templates of the output for runs of so many images; null for stdout. */
function createTemplates({
	output,
	runs,
	cwd,
	mark,
}: PlanOptions): (images: number) => Promise<string | null> {
	const known = new Map<number, Promise<string | null>>();
	return (images) => {
		const named = { runs, images, mark: images === 1 ? mark : undefined };
		const template = known.get(images) ?? outputTemplate(output, named, cwd);
		known.set(images, template);
		return template;
	};
}
