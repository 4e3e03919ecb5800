import fs from "node:fs/promises";
import nodePath from "node:path";
import { checkDone, type DoneImages, readDone } from "../ledger/done-images.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { LedgerView } from "../ledger/view.ts";
import { forcePays, renamedPaths, sidecarPath } from "../names/places.ts";
import type { Job } from "../purchase/job.ts";
import { estimateMicros } from "../purchase/limits/budget.ts";
import type { Journal } from "../purchase/store/journal.ts";
import type { BadRow } from "../rows/row.ts";
import { forEachAtOnce } from "../system/at-once.ts";
import { collectEntries, type Entry, keysOf, pathsOf } from "./entries.ts";
import type { PlannedRow } from "./plan-rows.ts";

/** What is to be done for an image. */
export type Need = "nothing" | "fetch" | "continue" | "buy";

/** What a batch comes to, before anything is sent. */
export interface Survey {
	/** By the image's index, from 1. */
	needOf(index: number): Need;
	/** Keys of jobs that an earlier process made and never sent. */
	readonly leftovers: ReadonlySet<string>;
	/** The image of this wish that was brought home once. */
	readonly done: DoneImages;
	readonly images: number;
	readonly counts: Readonly<Record<Need, number>>;
	/** Of what is to be bought, in micro-dollars; undefined where a price is not known. */
	readonly estimateMicros: number | undefined;
	/** Whether the service's bill may differ from it. */
	readonly isEstimate: boolean;
	readonly bad: readonly BadRow[];
	/** Folders that images go to. */
	readonly folders: readonly string[];
}

interface World {
	readonly ledger: Ledger;
	readonly journal: Journal;
	/** What is in the way is replaced: `force` whatever it is, `update` what an earlier row made. */
	readonly replace: "nothing" | "update" | "force";
	/** Which rows are this process's. */
	readonly isMine: (index: number) => boolean;
	/** What was brought since the survey began: the same batch may run beside this one. */
	readonly view: LedgerView;
	/** A path as a user would write it. */
	readonly showPath: (path: string) => string;
}

/** Looks at every row and at what is on disk of it. Sends nothing, makes nothing. */
export async function survey(
	planned: AsyncIterable<PlannedRow | BadRow>,
	world: World,
): Promise<Survey> {
	const { entries, bad } = await collectEntries(planned, world.showPath);
	// The journal first: a job that ends meanwhile is then in the ledger.
	const open = new Map<string, Job>();
	for (const { key, job } of await world.journal.list())
		if (job) open.set(key, job);
	const done = await readDone(
		world.ledger,
		new Set(entries.flatMap(keysOf)),
		new Set(entries.flatMap(pathsOf)),
	);
	const needs: Need[] = [];
	const inTheWay: { at: number; key: string; row: BadRow }[] = [];
	await forEachAtOnce(entries, looksAtOnce, async (entry, at) => {
		if (!world.isMine(entry.index)) return;
		const need = await needFor(entry, done, open, world);
		if (typeof need === "string") needs[at] = need;
		else inTheWay.push({ at, key: entry.key, row: need });
	});
	const beside = inTheWay.length > 0 ? await broughtBeside(world) : undefined;
	for (const { at, key, row } of inTheWay)
		if (await beside?.(key)) needs[at] = "continue";
		else bad.push(row);
	bad.sort((a, b) => a.line - b.line);
	const toBuy = entries.filter((_, at) => needs[at] === "buy");
	const counts = count(entries, needs, done);
	const byIndex = needsByIndex(entries, needs);
	return {
		needOf: (index) => byIndex[index - 1] ?? "nothing",
		done,
		leftovers: new Set(
			[...open].flatMap(([key, { stage }]) =>
				stage.name === "planned" ? [key] : [],
			),
		),
		images: countImages(entries.filter((_, at) => needs[at])),
		counts,
		estimateMicros: estimateMicros(toBuy),
		isEstimate: toBuy.some((entry) => entry.isEstimate),
		bad,
		folders: [
			...new Set(
				entries.flatMap((entry) =>
					pathsOf(entry).map((path) => nodePath.dirname(path)),
				),
			),
		],
	};
}

/** More than the system's file threads brings nothing. */
const looksAtOnce = 16;

async function needFor(
	entry: Entry,
	done: DoneImages,
	open: ReadonlyMap<string, Job>,
	{ replace, showPath }: World,
): Promise<Need | BadRow> {
	const job = open.get(entry.key);
	// One that was never sent says nothing of what others bought since.
	if (job && job.stage.name !== "planned") return "continue";
	if (done.byKey.has(entry.key) && replace !== "force")
		return needOfDone(entry, done, replace, showPath);
	for (const path of pathsOf(entry))
		for (const file of filesOf(path, entry)) {
			const stat = await fs.lstat(file).catch(() => undefined);
			if (stat === undefined) continue;
			const isOurs = done.paths.has(file) || done.paths.has(path);
			const mayReplace =
				!isRenamed(file, path) &&
				(replace === "force" || (replace === "update" && isOurs));
			if (stat.isFile() && mayReplace) continue;
			if (isOurs) return conflict(entry, showPath(file));
			const reason = `${showPath(file)} exists and was not made by a batch; ${forcePays(entry)}`;
			return { line: entry.line, reason, hasRemedy: true };
		}
	return "buy";
}

/** What an image may need for itself: its place, its sidecar's, and where the model chooses the format its other names. */
function filesOf(path: string, { sidecar, isOpen }: Entry): readonly string[] {
	return [
		path,
		...(sidecar ? [sidecarPath(path)] : []),
		...(isOpen ? renamedPaths(path, ["jpeg", "png", "webp"]) : []),
	];
}

function isRenamed(file: string, path: string): boolean {
	return file !== path && file !== sidecarPath(path);
}

/** Of a run that was brought home. An image that it never had is no reason to buy it again. */
async function needOfDone(
	entry: Entry,
	done: DoneImages,
	replace: World["replace"],
	showPath: World["showPath"],
): Promise<Need | BadRow> {
	let need: Need = "nothing";
	for (const key of keysOf(entry)) {
		const known = done.byKey.get(key);
		if (known === undefined) continue;
		const state = await checkDone(known);
		if (state === "whole") continue;
		// Damaged is one thing, to hold what another row made of the name since is another.
		const isOthers = state === "damaged" && done.paths.get(known.path) !== key;
		if (isOthers && replace === "nothing")
			return conflict(entry, showPath(known.path));
		need = "fetch";
	}
	return need;
}

/** What is in the way may be the very image, placed by another process since the first look at journal and ledger. */
async function broughtBeside({ journal, view }: World) {
	// A job leaves the journal when it is in the ledger, so that is looked at last.
	const open = new Set((await journal.list()).map(({ key }) => key));
	return async (key: string) =>
		open.has(key) || (await view.savedSince(key)) !== undefined;
}

function conflict({ line }: Entry, file: string): BadRow {
	return {
		line,
		reason: `${file} holds the image of another prompt, or of other inputs; --update buys this one and replaces it`,
		hasRemedy: true,
	};
}

function count(
	entries: readonly Entry[],
	needs: readonly (Need | undefined)[],
	{ byKey }: DoneImages,
): Record<Need, number> {
	const counts = { nothing: 0, fetch: 0, continue: 0, buy: 0 };
	for (const [at, entry] of entries.entries()) {
		const need = needs[at];
		// Of a run that made fewer images than it was asked for, those are on disk that it made.
		const home = (key: string) => need !== "nothing" || byKey.has(key);
		if (need) counts[need] += keysOf(entry).filter(home).length;
	}
	return counts;
}

function countImages(entries: readonly Entry[]): number {
	return entries.reduce((sum, { more }) => sum + 1 + more.length, 0);
}

/** Where each run makes one image, that is the list itself. */
function needsByIndex(
	entries: readonly Entry[],
	needs: readonly Need[],
): readonly Need[] {
	if (entries.every(({ index }, at) => index === at + 1)) return needs;
	const byIndex: Need[] = [];
	for (const [at, { index }] of entries.entries()) {
		const need = needs[at];
		if (need) byIndex[index - 1] = need;
	}
	return byIndex;
}
