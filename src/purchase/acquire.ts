import fs from "node:fs/promises";
import type { Ledger, LedgerLine } from "../ledger/ledger.ts";
import { recordsOf } from "../ledger/saved-lines.ts";
import type { LedgerView } from "../ledger/view.ts";
import type { PlannedJob } from "../orders/make-job.ts";
import type { ImageRecord } from "../record.ts";
import { type Brought, fetchBooked, fetchInstead } from "./fetch-instead.ts";
import { imageKey, type Job, type JobOutput, wantedOf } from "./job.ts";
import type { AcquiredJob, HeldJob, Journal } from "./store/journal.ts";

/** A planned run and what was found of it on disk. */
export type Acquired = {
	/** Of the images of its run, those that are home already. */
	readonly home?: readonly ImageRecord[];
} & (
	| { readonly state: "new" | "continued"; readonly held: HeldJob }
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
			readonly records: readonly ImageRecord[];
	  }
);

interface Books {
	readonly journal: Journal;
	readonly ledger: Ledger;
	readonly view: LedgerView;
	/** A path as a user would write it. */
	readonly showPath: (path: string) => string;
}

/**
 * Puts the jobs of a command on disk, or finds those of the same command that was cut short or runs
 * at this moment, so that a repetition brings what is missing and buys nothing again. An image whose seed was asked
 * for was bought by whichever command asked for it first: where its file is gone, it is fetched.
 */
export async function acquireAll(
	planned: readonly PlannedJob[],
	books: Books,
): Promise<readonly Acquired[]> {
	const acquired: AcquiredJob[] = [];
	try {
		for (const { key, job } of planned)
			acquired.push(await books.journal.acquire(key, () => job));
		const group = acquired.map(groupOf).find((known) => known !== undefined);
		await unite(acquired, group);
		const past = await readPast(planned, group, books.ledger);
		for (const [at, one] of acquired.entries()) {
			await renewFiles(one, planned[at]?.job.files);
			acquired[at] = await renewPipe(one, planned[at]?.job.output);
		}
		return await Promise.all(
			acquired.map((one, at) =>
				settle(one, planned[at]?.key ?? "", past, books),
			),
		);
	} catch (error) {
		await dropNew(acquired);
		throw error;
	}
}

/**
 * Puts the job of a row on disk when its turn has come, or goes on with what an earlier process left of it.
 * @param brought what became of the images that an earlier run of the row made: what is missing of them is only fetched
 */
export async function acquireRow(
	{ key, job }: PlannedJob,
	brought: readonly (Brought | undefined)[],
	journal: Journal,
): Promise<Acquired> {
	const acquired = await journal.acquire(key, () => job);
	if (acquired.state === "busy") return elsewhere(key, acquired);
	const { held } = acquired;
	await renewFiles(acquired, job.files);
	const isFetch =
		held.job.stage.name === "planned" && (await fetchInstead(held, brought));
	const isNew = acquired.state === "created" && !isFetch;
	return { state: isNew ? "new" : "continued", held };
}

/** What joins the images of a command that was cut short is one of them from here on, also to the commands that follow. */
async function unite(
	acquired: readonly AcquiredJob[],
	group: string | undefined,
): Promise<void> {
	if (group === undefined) return;
	for (const one of acquired)
		if (one.state !== "busy" && one.held.job.group !== group)
			await one.held.amend({ group });
}

/** Takes jobs off the disk again that this command had just put there: nothing was sent. */
export async function dropNew(
	taken: readonly (AcquiredJob | Acquired)[],
): Promise<void> {
	for (const one of taken) {
		if (!("held" in one) || !one.held.isOpen) continue;
		const isNew = one.state === "new" || one.state === "created";
		await (isNew ? one.held.close() : one.held.release());
	}
}

/** What was never sent starts from the files as they are now: those on stdin have another name each time. */
async function renewFiles(
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

/** What `resume` was to bring to a file goes to stdout, where the command that is here asks for that. */
export async function renewPipe(
	one: AcquiredJob,
	output: JobOutput | undefined,
): Promise<AcquiredJob> {
	if (output?.path !== null) return one;
	if (one.state === "busy") return { ...one, job: { ...one.job, output } };
	if (one.held.job.output.path !== null) await one.held.amend({ output });
	return one;
}

/** An image that another process is at. */
function elsewhere(
	key: string,
	{ job, holder }: Extract<AcquiredJob, { state: "busy" }>,
): Acquired {
	return { state: "elsewhere", key, job, pid: holder.pid };
}

/** What earlier commands brought, by the names of the images. */
interface Past {
	/** The same command, before it was cut short. */
	readonly ofCommand: ReadonlyMap<string, LedgerLine>;
	/** Any command that asked for the same image by its seed. */
	readonly ofSeed: ReadonlyMap<string, LedgerLine>;
	/** Whether a file of those is gone: the command is there to fetch it, and not to replace the others. */
	readonly isSomeGone: boolean;
}

async function readPast(
	planned: readonly PlannedJob[],
	group: string | undefined,
	ledger: Ledger,
): Promise<Past> {
	const ofCommand = new Map<string, LedgerLine>();
	if (group !== undefined)
		for (const line of await ledger.readRecent())
			if (line.group === group && line.record.status === "saved")
				ofCommand.set(line.key, line);
	const seeded = planned.filter(
		({ job }) => !job.hasFreshSeed && !job.output.force,
	);
	const keys = seeded.flatMap(({ key, job }) =>
		wantedOf({ images: job.images }).map((at) => imageKey(key, at)),
	);
	const ofSeed = await ledger.findSaved(new Set(keys));
	const isSomeGone = !(await areThere([...ofSeed.values()]));
	return { ofCommand, ofSeed, isSomeGone };
}

async function settle(
	acquired: AcquiredJob,
	key: string,
	past: Past,
	{ view, showPath }: Books,
): Promise<Acquired> {
	if (acquired.state === "busy") return elsewhere(key, acquired);
	const { held } = acquired;
	const { job } = held;
	const state = acquired.state === "created" ? "new" : "continued";
	const keys = wantedOf({ images: job.images }).map((at) => imageKey(key, at));
	if (job.stage.name !== "planned") {
		const wanted = wantedOf(job).map((at) => imageKey(key, at));
		const lines = keys.flatMap((name) =>
			wanted.includes(name) ? [] : (past.ofCommand.get(name) ?? []),
		);
		return { state, held, home: await recordsOf(lines, showPath) };
	}
	const done = async (lines: readonly LedgerLine[]): Promise<Acquired> => {
		if (job.output.path === null && (await fetchBooked(held, lines)))
			return { state: "continued", held };
		await held.close();
		return { state: "done", job, records: await recordsOf(lines, showPath) };
	};
	const beside = await Promise.all(keys.map((name) => view.savedSince(name)));
	if (isWhole(beside)) return done(beside);
	const ofCommand = keys.map((name) => past.ofCommand.get(name));
	if (isWhole(ofCommand) && (await areThere(ofCommand))) return done(ofCommand);
	const ofSeed = keys.map((name) => past.ofSeed.get(name));
	const known = ofSeed.filter((line) => line !== undefined);
	if (known.length === 0) return { state, held };
	// A file that is there was asked for again, which the check of places refuses; but a leftover job is done with, and
	// so is what stands beside a file to be fetched.
	if (await areThere(known)) {
		const isPiped = job.output.path === null;
		const isDoneWith = state === "continued" || past.isSomeGone || isPiped;
		return isDoneWith ? done(known) : { state, held };
	}
	if (!(await fetchBooked(held, ofSeed))) return { state, held };
	const missing = held.job.wanted?.map((at) => imageKey(key, at));
	const home = known.filter((line) => !missing?.includes(line.key));
	return {
		state: "continued",
		held,
		home: await recordsOf(home, showPath),
	};
}

function groupOf(acquired: AcquiredJob): string | undefined {
	if (acquired.state === "created") return undefined;
	return acquired.state === "busy"
		? acquired.job.group
		: acquired.held.job.group;
}

function isWhole(
	lines: readonly (LedgerLine | undefined)[],
): lines is readonly LedgerLine[] {
	return lines.every((line) => line !== undefined);
}

async function areThere(lines: readonly LedgerLine[]): Promise<boolean> {
	for (const { path } of lines) {
		if (path === null) return false;
		const isThere = await fs.access(path).then(
			() => true,
			() => false,
		);
		if (!isThere) return false;
	}
	return true;
}
