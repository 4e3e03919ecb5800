import fs from "node:fs/promises";
import nodePath from "node:path";
import { type DoneImages, readDone } from "../ledger/done-images.ts";
import type { Stage } from "../purchase/job.ts";
import { forEachAtOnce } from "../system/at-once.ts";
import { findMoved, type MovedImages, withMoved } from "./moved-images.ts";
import type { PlannedRow, RefusedRow } from "./plan-rows.ts";
import {
	actionAtOnce,
	actionFor,
	actionsFor,
	nobody,
	type RowAction,
	type SurveyContext,
} from "./row-action.ts";
import { createClashes, keysOf, pathsOf } from "./row-clashes.ts";

/** What the runs of a batch come to. */
interface Totals {
	/** By the index of its first image, from 1. */
	actionOf(index: number): RowAction;
	readonly images: number;
	readonly counts: Readonly<Record<RowAction, number>>;
	/** Of what is to be bought, in micro-dollars; undefined where a price is not known. */
	readonly estimateMicros: number | undefined;
	/** Whether the service's bill may differ from it. */
	readonly isEstimate: boolean;
}

/** What a batch comes to, before anything is sent. */
export interface Survey extends Totals, Pick<SurveyContext, "replace"> {
	/** Keys of jobs that an earlier process made and never sent. */
	readonly leftovers: ReadonlySet<string>;
	/** The saved image with this dedupe key; also those that were moved here. */
	readonly done: DoneImages;
	readonly moved: MovedImages;
	/** In the order of the file. What is wanted of them is in no total. */
	readonly bad: readonly RefusedRow[];
	/** Whether the run of an index is one of those. */
	readonly isBad: (index: number) => boolean;
	/** Folders that images go to. */
	readonly folders: ReadonlySet<string>;
	/** Files that somebody changed since they were delivered: they stay. */
	readonly changed: ReadonlySet<string>;
	/** Files with the image of another row, which an update replaces. */
	readonly outdated: ReadonlySet<string>;
}

/**
 * Looks at every row and at what is on disk of it. Sends nothing, makes nothing, and keeps of each row as little as can be: there
 * may be a hundred thousand.
 */
export async function survey(
	plan: Plan,
	world: SurveyContext,
): Promise<Survey> {
	const found = await look(plan(), world, new Map());
	const mayHaveMoved =
		found.counts.buy > 0 || found.bad.some(({ hasRemedy }) => hasRemedy);
	if (world.replace === "force" || !mayHaveMoved) return found;
	const named = new Set(found.inTheWay.flatMap(pathsOf));
	const moved = await findMoved(plan(), found, named, world.ledger);
	return moved.size === 0 ? found : look(plan(), world, moved);
}

/** The same rows each time it is called. */
type Plan = () => AsyncIterable<PlannedRow | RefusedRow>;

async function look(
	plan: ReturnType<Plan>,
	world: SurveyContext,
	moved: MovedImages,
): Promise<Survey & { readonly inTheWay: readonly PlannedRow[] }> {
	// The journal first: a job that ends meanwhile is then in the ledger.
	const open = new Map<string, Stage["name"]>();
	for (const { key, job } of await world.journal.list())
		if (job) open.set(key, job.stage.name);
	const done = withMoved(await readDone(world.ledger), moved);
	const folders = new Map<string, boolean>();
	const changed = new Set<string>();
	const outdated = new Set<string>();
	const known = { open, done, folders, changed, outdated, ...world };
	const { add, totals } = createTotals(done);
	const clashesOf = createClashes(world.showPath);
	const bad: RefusedRow[] = [];
	const inTheWay: PlannedRow[] = [];
	// Of most rows nothing is on disk, and to wait for each of them would take as long as to plan it.
	async function* toLookAt(): AsyncGenerator<PlannedRow> {
		for await (const row of plan) {
			if ("reason" in row) {
				bad.push(row);
				continue;
			}
			const clashes = clashesOf(row);
			bad.push(...clashes);
			for (const path of pathsOf(row)) {
				const folder = nodePath.dirname(path);
				if (!folders.has(folder)) folders.set(folder, await isThere(folder));
			}
			if (clashes.length > 0 || !world.isMine(row.number)) continue;
			const action = actionAtOnce(row, known);
			if (action) add(row, action);
			else yield row;
		}
	}
	await forEachAtOnce(toLookAt(), looksAtOnce, async (row) => {
		const action = await actionFor(row, known, nobody);
		if (typeof action === "string") add(row, action);
		else inTheWay.push(row);
	});
	for (const [row, action] of await actionsFor(inTheWay, known))
		if (typeof action === "string") add(row, action);
		else bad.push(action);
	const badRuns = new Set(bad.map(({ index }) => index));
	return {
		...totals(),
		isBad: (index) => badRuns.has(index),
		done,
		moved,
		leftovers: new Set(
			[...open].flatMap(([key, stage]) => (stage === "planned" ? [key] : [])),
		),
		bad: bad.sort((a, b) => a.line - b.line),
		folders: new Set(folders.keys()),
		...{ changed, outdated, inTheWay, replace: world.replace },
	};
}

/** More than the system's file threads brings nothing. */
const looksAtOnce = 16;

function isThere(folder: string): Promise<boolean> {
	return fs.lstat(folder).then(
		() => true,
		() => false,
	);
}

function createTotals({ has }: DoneImages) {
	const actions: RowAction[] = [];
	const counts = { nothing: 0, fetch: 0, continue: 0, buy: 0 };
	let images = 0;
	let estimateMicros: number | undefined = 0;
	let isEstimate = false;
	return {
		add(row: PlannedRow, action: RowAction) {
			const { index, priceMicros } = row.job;
			const keys = keysOf(row);
			actions[index - 1] = action;
			images += keys.length;
			// Of a run that made fewer images than it was asked for, those are on disk that it made.
			counts[action] += (action === "nothing" ? keys.filter(has) : keys).length;
			if (action !== "buy") return;
			estimateMicros =
				estimateMicros === undefined || priceMicros === undefined
					? undefined
					: estimateMicros + priceMicros;
			isEstimate ||= row.job.isEstimate === true;
		},
		totals: (): Totals => ({
			actionOf: (index) => actions[index - 1] ?? "nothing",
			...{ images, counts, estimateMicros, isEstimate },
		}),
	};
}
