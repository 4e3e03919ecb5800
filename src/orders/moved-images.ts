import { existsSync } from "node:fs";
import nodePath from "node:path";
import { paidUsd } from "../ledger/bill.ts";
import {
	type DoneImage,
	type DoneImages,
	doneImage,
} from "../ledger/done-images.ts";
import type { Ledger, LedgerLine } from "../ledger/ledger.ts";
import { isBesideName, plannedPath } from "../names/places.ts";
import { escapeBraces } from "../names/template.ts";
import { imageKey, wantedOf } from "../purchase/job.ts";
import { askedOf } from "../purchase/job-records.ts";
import type { PlannedJob } from "./make-job.ts";
import { type PlannedRow, type RefusedRow, seedOf } from "./plan-rows.ts";
import {
	findRelocatedFiles,
	type RelocatedFile,
	type RelocatedFiles,
	requestOf,
} from "./relocated-files.ts";
import type { RowAction } from "./row-action.ts";

/** A saved image that lies in the folder of a row which does not know it. */
export interface MovedImage {
	/** As if the row had brought it. */
	readonly line: LedgerLine;
	/** False where the row asks for another name: the line has that one, and no file is there. */
	readonly isThere: boolean;
}

/** By the keys of the rows' images (see `imageKey`). */
export type MovedImages = ReadonlyMap<string, MovedImage>;

/** What a survey found of rows. */
interface Surveyed {
	readonly folders: ReadonlySet<string>;
	readonly done: Pick<DoneImages, "has">;
	actionOf(index: number): RowAction;
}

/**
 * Finds the images of rows that have one and would buy it: a row's key has the path, and its folder was renamed or moved, or is
 * reached by a link. A file whose bytes are those of a saved image of the same service, model, prompt and inputs, and seed where
 * the row names one, is the row's image. No two rows get the same file.
 * @param plan all rows, those of other shards too: each process gives a file to the same row
 * @param named paths of rows that something is in the way of: it may be their image, that a fetch or a rename brought there
 * @throws {Failure} `disk` where the ledger cannot be read
 */
export async function findMoved(
	plan: AsyncIterable<PlannedRow | RefusedRow> | Iterable<PlannedJob>,
	{ folders, done, actionOf }: Surveyed,
	named: ReadonlySet<string>,
	ledger: Ledger,
): Promise<MovedImages> {
	const files = await findRelocatedFiles(folders, named, ledger);
	const rows: PlannedJob[] = [];
	if (files.size > 0)
		for await (const row of plan) {
			if ("reason" in row || done.has(row.key)) continue;
			if (actionOf(row.job.index) === "continue") continue;
			if (filesFor(row, 1, files).length > 0) rows.push(row);
		}
	const taken = new Set<string>();
	const moved = new Map<string, MovedImage>();
	// What has the very name of a row is no other's.
	for (const isNamed of [true, false])
		for (const row of rows) {
			if (moved.has(row.key)) continue;
			for (const [at, found] of imagesFor(row, files, taken, isNamed)) {
				taken.add(found.file);
				moved.set(imageKey(row.key, at), movedTo(row, at, found));
			}
		}
	return moved;
}

/**
 * The same for the runs of one command, by the keys of their images. Their names are known: a command of one image begins sooner
 * where it only looks in folders that have one of them.
 * @param saved what they are known to have
 */
export async function findMovedOf(
	planned: readonly PlannedJob[],
	saved: ReadonlyMap<string, LedgerLine>,
	ledger: Ledger,
): Promise<ReadonlyMap<string, LedgerLine>> {
	const folders = new Set<string>();
	for (const { key, path } of planned)
		if (path !== null && !saved.has(key) && existsSync(path))
			folders.add(nodePath.dirname(path));
	const actionOf = () => "buy" as const;
	const found = { folders, done: saved, actionOf };
	const moved = await findMoved(planned, found, new Set(), ledger);
	return new Map([...moved].map(([key, { line }]) => [key, line]));
}

/** What is saved, and what was moved here. */
export function withMoved(saved: DoneImages, moved: MovedImages): DoneImages {
	return {
		has: (key) => moved.has(key) || saved.has(key),
		async find(key) {
			const image = moved.get(key);
			return image ? doneImage(image.line) : saved.find(key);
		},
	};
}

/**
 * The row for what is still to be done of its images: one that was moved here, and is gone since, is fetched under its own name,
 * and with the seed that it was made with.
 */
export function asMade(
	row: PlannedRow,
	[first]: readonly (DoneImage | undefined)[],
): PlannedRow {
	const { job } = row;
	if (first === undefined || first.seed === job.seed) return row;
	const { seed, path } = first;
	if ((job.images ?? 1) > 1) return { ...row, job: { ...job, seed } };
	const output = { ...job.output, path: escapeBraces(path) };
	return { ...row, path, job: { ...job, seed, output } };
}

/** What may be an image of a row. */
function filesFor(
	{ key, job, path }: PlannedJob,
	at: number,
	files: RelocatedFiles,
): readonly RelocatedFile[] {
	const asked = askedOf(job, { isSandbox: () => false }, at);
	const found = files.get(requestOf(asked, job.service))?.values() ?? [];
	return [...found].filter(
		({ file, isOwned, line: { record } }) =>
			(!isOwned || isNamedFor({ job }, at, file)) &&
			nodePath.dirname(file) === nodePath.dirname(path ?? "") &&
			(job.seed === seedOf(key) || job.seed === record.seed),
	);
}

/**
 * The files that a row gets: of all its images, from one run, or none.
 * @param isNamed only those with the names that the row asks for
 */
function imagesFor(
	row: PlannedJob,
	files: RelocatedFiles,
	taken: ReadonlySet<string>,
	isNamed: boolean,
): readonly (readonly [at: number, RelocatedFile])[] {
	const wanted = wantedOf(row.job).map((at) =>
		filesFor(row, at, files).filter(
			({ file }) => !taken.has(file) && (!isNamed || isNamedFor(row, at, file)),
		),
	);
	for (const { line } of wanted[0] ?? []) {
		const run = wanted.map((those) =>
			those.find(
				({ line: { record } }) => record.client_ref === line.record.client_ref,
			),
		);
		const images = run.flatMap((found, nth) =>
			found ? [[nth + 1, found] as const] : [],
		);
		if (images.length === run.length) return images;
	}
	return [];
}

function isNamedFor(
	{ job }: Pick<PlannedJob, "job">,
	at: number,
	file: string,
): boolean {
	const asked = plannedPath(job, at) ?? "";
	return file === asked || isBesideName(file, asked);
}

function movedTo(
	row: PlannedJob,
	at: number,
	{ file, mtimeMs, line }: RelocatedFile,
): MovedImage {
	const asked = plannedPath(row.job, at);
	// A name with a seed that was made for the row may have any other.
	const isFree = nodePath
		.basename(asked ?? "")
		.includes(String(seedOf(row.key)));
	const isThere = isFree || isNamedFor(row, at, file);
	const { record } = line;
	return {
		isThere,
		line: {
			...line,
			key: imageKey(row.key, at),
			path: isThere ? file : asked,
			mtimeMs,
			record: {
				...record,
				charged: "no",
				cost_usd: 0,
				paid_usd: paidUsd(record),
			},
		},
	};
}
