import fs from "node:fs/promises";
import nodePath from "node:path";
import { estimateMicros } from "../jobs/budget.ts";
import type { Job } from "../jobs/job.ts";
import type { Journal } from "../jobs/journal.ts";
import type { Ledger } from "../jobs/ledger.ts";
import { nameKey } from "../jobs/names.ts";
import { plannedPath } from "../jobs/places.ts";
import { sidecarPath } from "../jobs/sidecar.ts";
import type { BadRow } from "../rows/row.ts";
import { forEachAtOnce } from "./at-once.ts";
import { checkDone, type DoneImages, readDone } from "./done.ts";
import type { News } from "./news.ts";
import type { PlannedImage } from "./plan-rows.ts";

/** What is to be done for an image. */
export type Need = "nothing" | "fetch" | "continue" | "buy";

/** What a batch comes to, before anything is sent. */
export interface Survey {
	/** By the image's index, from 1. */
	needOf(index: number): Need;
	/** The image of this wish that was brought home once. */
	readonly done: DoneImages;
	readonly images: number;
	readonly counts: Readonly<Record<Need, number>>;
	/** Of what is to be bought, in micro-dollars; undefined where a price is not known. */
	readonly estimateMicros: number | undefined;
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
	readonly news: News;
}

interface Entry {
	readonly key: string;
	readonly line: number;
	readonly path: string;
	readonly priceMicros: number | undefined;
	readonly sidecar: boolean;
}

/** Looks at every row and at what is on disk of it. Sends nothing, makes nothing. */
export async function survey(
	planned: AsyncIterable<PlannedImage | BadRow>,
	sidecar: boolean,
	world: World,
): Promise<Survey> {
	const { entries, bad } = await collect(planned, sidecar);
	// The journal first: a job that ends meanwhile is then in the ledger.
	const open = new Map<string, Job>();
	for (const { key, job } of await world.journal.list())
		if (job) open.set(key, job);
	const done = await readDone(
		world.ledger,
		new Set(entries.map(({ key }) => key)),
		new Set(entries.map(({ path }) => path)),
	);
	const needs: Need[] = [];
	const inTheWay: { at: number; key: string; row: BadRow }[] = [];
	await forEachAtOnce(entries, looksAtOnce, async (entry, at) => {
		if (!world.isMine(at + 1)) return;
		const need = await needFor(entry, done, open, world);
		if (typeof need === "string") needs[at] = need;
		else inTheWay.push({ at, key: entry.key, row: need });
	});
	const beside = inTheWay.length > 0 ? await broughtBeside(world) : undefined;
	for (const { at, key, row } of inTheWay)
		if (await beside?.(key)) needs[at] = "continue";
		else bad.push(row);
	bad.sort((a, b) => a.line - b.line);
	return {
		needOf: (index) => needs[index - 1] ?? "nothing",
		done,
		images: needs.filter(Boolean).length,
		counts: count(needs),
		estimateMicros: estimate(entries, needs),
		bad,
		folders: [...new Set(entries.map(({ path }) => nodePath.dirname(path)))],
	};
}

/** More than the system's file threads brings nothing. */
const looksAtOnce = 16;

async function collect(
	planned: AsyncIterable<PlannedImage | BadRow>,
	sidecar: boolean,
): Promise<{ entries: Entry[]; bad: BadRow[] }> {
	const entries: Entry[] = [];
	const bad: BadRow[] = [];
	const taken = new Map<string, number>();
	for await (const image of planned) {
		if ("reason" in image) {
			bad.push(image);
			continue;
		}
		const { formats, priceMicros } = image.model;
		const path = plannedPath({ output: { path: image.output, formats } }) ?? "";
		const name = nameKey(path);
		const other = image.output.includes("{run}") ? undefined : taken.get(name);
		if (other !== undefined)
			bad.push({
				line: image.line,
				reason: `would share the name ${path} with line ${other}; put {seed} or {index} in the template`,
			});
		taken.set(name, image.line);
		entries.push({
			key: image.key,
			line: image.line,
			path,
			priceMicros,
			sidecar,
		});
	}
	return { entries, bad };
}

async function needFor(
	entry: Entry,
	done: DoneImages,
	open: ReadonlyMap<string, Job>,
	{ replace }: World,
): Promise<Need | BadRow> {
	const job = open.get(entry.key);
	if (job) return job.stage.name === "planned" ? "buy" : "continue";
	const known = done.byKey.get(entry.key);
	if (known && replace !== "force") {
		const state = await checkDone(known);
		if (state === "whole") return "nothing";
		// Damaged is one thing, to hold what another row made of the name since is another.
		const isOthers =
			state === "damaged" && done.paths.get(known.path) !== entry.key;
		if (isOthers && replace === "nothing") return conflict(entry, known.path);
		return "fetch";
	}
	for (const file of entry.sidecar
		? [entry.path, sidecarPath(entry.path)]
		: [entry.path]) {
		const stat = await fs.lstat(file).catch(() => undefined);
		if (stat === undefined) continue;
		const isOurs = done.paths.has(entry.path);
		const mayReplace = replace === "force" || (replace === "update" && isOurs);
		if (stat.isFile() && mayReplace) continue;
		if (isOurs) return conflict(entry, file);
		const reason = `${file} exists and was not made by a batch; --force replaces it`;
		return { line: entry.line, reason };
	}
	return "buy";
}

/** What is in the way may be the very image, placed by another process since the first look at journal and ledger. */
async function broughtBeside({ journal, news }: World) {
	// A job leaves the journal when it is in the ledger, so that is looked at last.
	const open = new Set((await journal.list()).map(({ key }) => key));
	return async (key: string) =>
		open.has(key) || (await news.broughtSince(key)) !== undefined;
}

function conflict({ line }: Entry, file: string): BadRow {
	return {
		line,
		reason: `${file} holds the image of another prompt, or of other inputs; --update buys this one and replaces it`,
	};
}

function count(needs: readonly (Need | undefined)[]): Record<Need, number> {
	const counts = { nothing: 0, fetch: 0, continue: 0, buy: 0 };
	for (const need of needs) if (need) counts[need] += 1;
	return counts;
}

function estimate(
	entries: readonly Entry[],
	needs: readonly (Need | undefined)[],
): number | undefined {
	return estimateMicros(entries.filter((_, at) => needs[at] === "buy"));
}
