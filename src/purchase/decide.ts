import fs from "node:fs/promises";
import { checkDone, doneImage } from "../ledger/done-images.ts";
import type { Ledger, LedgerLine } from "../ledger/ledger.ts";
import type { LedgerView } from "../ledger/view.ts";
import { isBesideName, plannedPath, renamedPaths } from "../names/places.ts";
import { placeholdersOf } from "../names/template.ts";
import type { PlannedJob } from "../orders/make-job.ts";
import { findMovedOf } from "../orders/moved-images.ts";
import { fetchJobOf } from "./fetch-instead.ts";
import { imageKey, type Job, type JobOutput, runOf, wantedOf } from "./job.ts";
import type { AcquiredJob } from "./store/journal.ts";

/** A planned run beside what there is of it on disk. */
export interface Found {
	readonly key: string;
	/** `created`: nothing was there; `taken`: a process that is gone left it; `busy`: another is at it. */
	readonly state: AcquiredJob["state"];
	/** As planned where nothing was there, or else as it stands on disk. */
	readonly job: Job;
}

/** What is to become of a planned run. Neither a request nor a change of the disk was made for it. */
export interface Decision {
	/** `continue`: goes on where an earlier process left it; `join`: waits for the process that is at it. */
	readonly action: "buy" | "continue" | "fetch" | "join" | "done";
	/** For `fetch` as it is to be, else as it was found. */
	readonly job: Job;
	/** Of the images of its run, those that are saved already. */
	readonly saved: readonly LedgerLine[];
}

/** Whether a decision may cost money: nobody else is at the run, and it has not been bought yet. */
export function mayBuy({ action, job }: Decision): boolean {
	return action !== "join" && action !== "done" && runOf(job) === undefined;
}

/**
 * Decides for the runs of one command, for the real one as for a plan of it: a repetition brings what is missing and
 * buys nothing again, and an image whose seed was asked for, once bought by any command, is fetched where its file is gone.
 */
export async function decideAll(
	planned: readonly PlannedJob[],
	found: readonly Found[],
	{ ledger, view }: { readonly ledger: Ledger; readonly view: LedgerView },
): Promise<readonly Decision[]> {
	const group = found.find(({ state }) => state !== "created")?.job.group;
	const past = await readPast(planned, group, ledger);
	return Promise.all(found.map((one) => decide(one, past, view)));
}

/** What earlier commands brought, by the names of the images. */
interface Past {
	/** The same command, before it was cut short. */
	readonly ofCommand: ReadonlyMap<string, LedgerLine>;
	/** Any command that asked for the same image by its seed. */
	readonly ofSeed: ReadonlyMap<string, LedgerLine>;
	/** Those of the same words that are kept beside the names they ask for, as they came in another format. */
	readonly besideName: ReadonlyMap<string, LedgerLine>;
	/** Whether the command asks for several runs: like make, it leaves what is there. */
	readonly isOfSeveral: boolean;
}

async function readPast(
	planned: readonly PlannedJob[],
	group: string | undefined,
	ledger: Ledger,
): Promise<Past> {
	const ofCommand = new Map<string, LedgerLine>();
	if (group !== undefined)
		for await (const line of ledger.find("group", [group]))
			if (line.record.status === "saved") ofCommand.set(line.key, line);
	const seeded = planned.filter(
		({ job }) => !job.hasFreshSeed && !job.output.force,
	);
	const keys = seeded.flatMap(({ key, job }) =>
		wantedOf({ images: job.images }).map((at) => imageKey(key, at)),
	);
	const saved = await readSaved(ledger, keys);
	const moved = await findMovedOf(seeded, saved, ledger);
	const ofSeed = new Map([...moved, ...saved]);
	const besideName = await readBeside(planned, ofSeed, ledger);
	const isOfSeveral = planned.length > 1;
	return { ofCommand, ofSeed, besideName, isOfSeveral };
}

async function readBeside(
	planned: readonly PlannedJob[],
	ofSeed: Past["ofSeed"],
	ledger: Ledger,
): Promise<Past["besideName"]> {
	const asked = new Map<string, JobOutput>();
	const unread = new Set<string>();
	for (const { key, job } of planned)
		for (const at of job.output.force ? [] : wantedOf(job)) {
			const path = plannedPath(job, at);
			if (path === null) continue;
			const name = imageKey(key, at);
			const isOpen = placeholdersOf(job.output.path ?? "").includes("ext");
			const formats = isOpen ? job.output.formats : [];
			asked.set(name, { ...job.output, path, formats });
			// Most often nothing is there, and the ledger need not be read.
			const others = job.hasFreshSeed ? renamedPaths(path, allFormats) : [];
			const found = await Promise.all(others.map(exists));
			if (found.includes(true)) unread.add(name);
		}
	const saved = [...ofSeed, ...(await readSaved(ledger, unread))];
	return new Map(saved.filter(([key, line]) => isBeside(line, asked.get(key))));
}

/** The last saved image of each of these names (see `imageKey`). */
async function readSaved(
	ledger: Ledger,
	keys: Iterable<string>,
): Promise<Map<string, LedgerLine>> {
	const saved = new Map<string, LedgerLine>();
	for await (const line of ledger.find("key", keys))
		if (line.record.status === "saved") saved.set(line.key, line);
	return saved;
}

/** @param asked `formats`: those of which the file has the very name that was asked for, as that leaves the extension open */
function isBeside(
	{ path, record }: LedgerLine,
	{ path: asked = null, formats = [] }: Partial<JobOutput> = {},
): boolean {
	return (
		path !== null &&
		asked !== null &&
		record.status === "saved" &&
		!formats.some((format) => format === record.format) &&
		isBesideName(path, asked)
	);
}

const allFormats = ["jpeg", "png", "webp"] as const;

async function decide(
	{ key, state, job }: Found,
	past: Past,
	view: LedgerView,
): Promise<Decision> {
	if (state === "busy") return { action: "join", job, saved: [] };
	const keys = wantedOf({ images: job.images }).map((at) => imageKey(key, at));
	if (job.stage.name !== "planned") {
		const lines = keys.map((name) => past.ofCommand.get(name));
		return { action: "continue", job, saved: savedOf(lines, key, job) };
	}
	const unsent: Decision = {
		action: state === "created" ? "buy" : "continue",
		job,
		saved: [],
	};
	const isPiped = job.output.path === null;
	const done = async (saved: readonly LedgerLine[]): Promise<Decision> =>
		(isPiped ? await fetchMissing(key, job, saved) : undefined) ?? {
			action: "done",
			job,
			saved,
		};
	const beside = await Promise.all(keys.map((name) => view.savedSince(name)));
	if (isWhole(beside)) return done(beside);
	const ofCommand = keys.map((name) => past.ofCommand.get(name));
	if (isWhole(ofCommand) && (await areThere(ofCommand))) return done(ofCommand);
	const moved = keys.map((name) => past.besideName.get(name));
	if (isWhole(moved) && (await areThere(moved))) return done(moved);
	const ofSeed = keys.map((name, at) =>
		atItsPlace(past.ofSeed.get(name), job, at + 1),
	);
	const known = ofSeed.filter((line) => line !== undefined);
	if (known.length === 0) return unsent;
	// A file that is there was asked for again, which the check of places refuses; but a leftover job is done with, and
	// so is one of several that is whole.
	if (await areThere(known)) {
		const isDoneWith =
			state === "taken" ||
			isPiped ||
			(past.isOfSeveral && (await areWhole(known)));
		return isDoneWith ? done(known) : unsent;
	}
	return (await fetchMissing(key, job, ofSeed)) ?? unsent;
}

/** One that `runs fetch` saved elsewhere is not where this command wants it: there it is fetched, as if its file were gone. */
function atItsPlace(
	line: LedgerLine | undefined,
	job: Job,
	at: number,
): LedgerLine | undefined {
	if (line?.path == null) return line;
	const asked = plannedPath(job, at, line.record.run_id ?? undefined);
	const isThere =
		asked === null || line.path === asked || isBesideName(line.path, asked);
	return isThere ? line : { ...line, path: null };
}

/** What is gone or damaged of the images of a run that was saved. */
async function fetchMissing(
	key: string,
	planned: Job,
	lines: readonly (LedgerLine | undefined)[],
): Promise<Decision | undefined> {
	const job = await fetchJobOf(planned, lines);
	return job && { action: "fetch", job, saved: savedOf(lines, key, job) };
}

/** Of what is known of the images of a run, that of those which its job is not to bring. */
function savedOf(
	lines: readonly (LedgerLine | undefined)[],
	key: string,
	job: Job,
): readonly LedgerLine[] {
	const wanted = wantedOf(job).map((at) => imageKey(key, at));
	return lines.flatMap((line) =>
		line === undefined || wanted.includes(line.key) ? [] : [line],
	);
}

function isWhole(
	lines: readonly (LedgerLine | undefined)[],
): lines is readonly LedgerLine[] {
	return lines.every((line) => line !== undefined);
}

async function areThere(lines: readonly LedgerLine[]): Promise<boolean> {
	for (const { path } of lines) {
		if (path === null || !(await exists(path))) return false;
	}
	return true;
}

/** Whether nothing is to be fetched again: what was changed is somebody's work. */
async function areWhole(lines: readonly LedgerLine[]): Promise<boolean> {
	for (const line of lines) {
		const image = doneImage(line);
		const state = image && (await checkDone(image));
		if (state !== "whole" && state !== "changed") return false;
	}
	return true;
}

async function exists(file: string): Promise<boolean> {
	return fs.access(file).then(
		() => true,
		() => false,
	);
}
