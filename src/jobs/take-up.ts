import fs from "node:fs/promises";
import type { SkippedRecord } from "../record.ts";
import { inspectImage } from "./inspect.ts";
import { imageKey, type Job, wantedOf } from "./job.ts";
import type { AcquiredJob, HeldJob, Journal } from "./journal.ts";
import type { Ledger, LedgerLine } from "./ledger.ts";
import type { PlannedJob } from "./plan.ts";

/** A planned image and what was found of it on disk. */
export type TakenUp =
	| {
			readonly state: "new" | "continued";
			readonly held: HeldJob;
			/** Of the images of its run, those that are home already. */
			readonly lines?: readonly LedgerLine[];
	  }
	/** Another process is at it. */
	| {
			readonly state: "elsewhere";
			readonly key: string;
			readonly job: Job;
			readonly pid: number;
	  }
	/** An earlier try of this command, or one that ran beside it, brought it. */
	| {
			readonly state: "done";
			readonly job: Job;
			readonly lines: readonly LedgerLine[];
	  };

/**
 * Puts the jobs of a command on disk, or finds those of the same command that was cut short or runs
 * at this moment, so that a repetition brings what is missing and buys nothing again.
 * @param startedAtMs when this command started, in milliseconds since 1970
 */
export async function takeUp(
	planned: readonly PlannedJob[],
	journal: Journal,
	ledger: Ledger,
	startedAtMs: number,
): Promise<readonly TakenUp[]> {
	const acquired: AcquiredJob[] = [];
	try {
		for (const { key, job } of planned)
			acquired.push(await journal.acquire(key, () => job));
		const group = acquired.map(groupOf).find((known) => known !== undefined);
		const lines = await finishedLines(ledger, startedAtMs, group);
		for (const [at, one] of acquired.entries())
			await renewFiles(one, planned[at]?.job.files);
		return await Promise.all(
			acquired.map((one, at) => settle(one, planned[at]?.key ?? "", lines)),
		);
	} catch (error) {
		await dropNew(acquired);
		throw error;
	}
}

/** Takes jobs off the disk again that this command had just put there: nothing was sent. */
export async function dropNew(
	taken: readonly (AcquiredJob | TakenUp)[],
): Promise<void> {
	for (const one of taken) {
		if (!("held" in one)) continue;
		const isNew = one.state === "new" || one.state === "created";
		await (isNew ? one.held.close() : one.held.release());
	}
}

/** The record of an image that is on disk already. */
export async function skippedRecord(
	line: LedgerLine,
	show: (path: string) => string,
): Promise<SkippedRecord | undefined> {
	const { record, path } = line;
	if (record.status !== "saved" || path === null) return undefined;
	const facts = await inspectImage(path).catch(() => undefined);
	if (facts?.sha256 !== record.sha256) return undefined;
	const { charged: _, submitted_at, run_ms, total_ms, ...same } = record;
	return {
		...same,
		status: "skipped",
		file: show(path),
		charged: "no",
		cost_usd: 0,
	};
}

/** What was never sent starts from the files as they are now: those on stdin have another name each time. */
export async function renewFiles(
	one: AcquiredJob,
	files: Job["files"],
): Promise<void> {
	if (one.state !== "taken" || files === undefined) return;
	const { job } = one.held;
	if (job.stage.name !== "planned") return;
	const urls = new Map(job.files?.map(({ sha256, url }) => [sha256, url]));
	await one.held.amend({
		files: files.map((file) => ({ ...file, url: urls.get(file.sha256) })),
	});
}

/** An image that another process is at. */
export function elsewhere(
	key: string,
	{ job, holder }: Extract<AcquiredJob, { state: "busy" }>,
): TakenUp {
	return { state: "elsewhere", key, job, pid: holder.pid };
}

async function settle(
	acquired: AcquiredJob,
	key: string,
	lines: readonly LedgerLine[],
): Promise<TakenUp> {
	if (acquired.state === "busy") return elsewhere(key, acquired);
	const { held, state } = acquired;
	const lineOf = (at: number) =>
		lines.find((one) => one.key === imageKey(key, at));
	const wanted = wantedOf(held.job);
	if (state === "taken") {
		const home = wantedOf({ images: held.job.images }).flatMap((at) =>
			wanted.includes(at) ? [] : (lineOf(at) ?? []),
		);
		return { state: "continued", held, lines: home };
	}
	const brought = wanted.map(lineOf);
	for (const line of brought)
		if (!(await isThere(line?.path))) return { state: "new", held };
	await held.close();
	return {
		state: "done",
		job: held.job,
		lines: brought.filter((line) => line !== undefined),
	};
}

async function isThere(file: string | null | undefined): Promise<boolean> {
	if (file == null) return false;
	return fs.access(file).then(
		() => true,
		() => false,
	);
}

function groupOf(acquired: AcquiredJob): string | undefined {
	if (acquired.state === "created") return undefined;
	return acquired.state === "busy"
		? acquired.job.group
		: acquired.held.job.group;
}

/** Images that the same command brought before it was cut short, or that ended since this one started. */
async function finishedLines(
	ledger: Ledger,
	startedAtMs: number,
	group: string | undefined,
): Promise<readonly LedgerLine[]> {
	if (group === undefined && !(await ledger.changedSince(startedAtMs)))
		return [];
	const lines = await ledger.readRecent();
	return lines.filter(
		(line) =>
			line.record.status === "saved" &&
			(line.group === group || Date.parse(line.finishedAt) >= startedAtMs),
	);
}
