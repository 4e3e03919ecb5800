import type { Ledger } from "../ledger/ledger.ts";
import { recordsOf } from "../ledger/saved-lines.ts";
import type { LedgerView } from "../ledger/view.ts";
import type { PlannedJob } from "../orders/make-job.ts";
import type { ImageRecord } from "../record.ts";
import { type Decision, decideAll, type Found } from "./decide.ts";
import { type Brought, enterFetch, fetchInstead } from "./fetch-instead.ts";
import type { Job, JobOutput } from "./job.ts";
import { withReplaceable } from "./replaceable.ts";
import type {
	AcquiredJob,
	HeldJob,
	JobChanges,
	Journal,
} from "./store/journal.ts";

/** A planned run and what was found of it on disk. */
export type Acquired = {
	/** Of the images of its run, those that are saved already. */
	readonly saved?: readonly ImageRecord[];
} /** `created` by this command, or left by a process that is gone and `taken` over. */ & (
	| { readonly state: "created" | "taken"; readonly held: HeldJob }
	/** Another process is at it. */
	| {
			readonly state: "elsewhere";
			readonly key: string;
			readonly job: Job;
			readonly pid: number;
			/** Decides of the job once it is ours: the other process may have ended before it had looked at what there is. */
			readonly takeUp: (held: HeldJob) => Promise<TakenUp>;
	  }
	/** An earlier try of this command, or one that ran beside it, brought it. */
	| {
			readonly state: "done";
			readonly job: Job;
			readonly records: readonly ImageRecord[];
	  }
);

export type TakenUp = Exclude<Acquired, { state: "elsewhere" }>;

type AcquiredHere = Exclude<AcquiredJob, { state: "busy" }>;

interface Books {
	readonly journal: Journal;
	readonly ledger: Ledger;
	readonly view: LedgerView;
	/** A path as a user would write it. */
	readonly showPath: (path: string) => string;
}

/**
 * Puts the jobs of a command on disk, or takes over those of the same command that was cut short, and does what was
 * decided of them.
 * @param approve throws where the command may not do that: then all is left as it was, and its new jobs are gone
 */
export async function acquireAll(
	planned: readonly PlannedJob[],
	books: Books,
	approve: (decisions: readonly Decision[]) => Promise<void>,
): Promise<readonly Acquired[]> {
	const acquired: AcquiredJob[] = [];
	try {
		for (const { key, job } of planned) {
			const asked = await withReplaceable(job);
			acquired.push(await books.journal.acquire(key, () => asked));
		}
		const older = acquired.find(({ state }) => state !== "created");
		const group = older && jobIn(older).group;
		const changes = await Promise.all(
			acquired.map((one, at) => changesOf(one, planned[at]?.job, group)),
		);
		const found = acquired.map((one, at) => ({
			key: planned[at]?.key ?? "",
			state: one.state,
			job: { ...jobIn(one), ...changes[at] },
		}));
		const decisions = await decideAll(planned, found, books);
		await approve(decisions);
		return await Promise.all(
			acquired.map(async (one, at) => {
				const { key = "", job = jobIn(one) } = found[at] ?? {};
				if (one.state === "busy")
					return elsewhere(key, { ...one, job }, async (held) => {
						const left = { key, state: "taken", job: held.job } as const;
						const asked = planned.slice(at, at + 1);
						const [decision] = await decideAll(asked, [left], books);
						return carryOut({ state: "taken", held }, decision, books);
					});
				await one.held.amend(changes[at] ?? {});
				return carryOut(one, decisions[at], books);
			}),
		);
	} catch (error) {
		await dropNew(acquired);
		throw error;
	}
}

/** What `acquireAll` would decide. Nothing is taken, and nothing is put on disk. */
export async function previewAll(
	planned: readonly PlannedJob[],
	books: Books,
): Promise<readonly Decision[]> {
	const found: Found[] = [];
	for (const { key, job } of planned) {
		const one = await books.journal.find(key);
		if (one === undefined) found.push({ key, state: "created", job });
		else
			found.push({
				key,
				state: one.holder.alive ? "busy" : "taken",
				job:
					job.output.path === null
						? { ...one.job, output: job.output }
						: one.job,
			});
	}
	return decideAll(planned, found, books);
}

async function carryOut(
	{ state, held }: AcquiredHere,
	decision: Decision | undefined,
	{ showPath }: Books,
): Promise<TakenUp> {
	if (decision === undefined) return { state, held };
	const { action, job, saved } = decision;
	if (action === "done") await held.close();
	if (action === "fetch") await enterFetch(held, job);
	const records = await recordsOf(saved, showPath);
	return action === "done"
		? { state: "done", job, records }
		: { state, held, saved: records };
}

/**
 * Puts the job of a row on disk when its turn has come, or goes on with what an earlier process left of it.
 * @param brought what became of the images that an earlier run of the row made: what is missing of them is only fetched
 */
export async function acquireRow(
	{ key, job }: Pick<PlannedJob, "key" | "job">,
	brought: readonly (Brought | undefined)[],
	journal: Journal,
): Promise<Acquired> {
	const asked = await withReplaceable(job);
	const acquired = await journal.acquire(key, () => asked);
	const takeUp = async (held: HeldJob) => {
		if (held.job.stage.name === "planned") await fetchInstead(held, brought);
		return { state: "taken", held } as const;
	};
	if (acquired.state === "busy") return elsewhere(key, acquired, takeUp);
	await acquired.held.amend({
		...renewedFiles(acquired, job.files),
		...(await renewedForce(acquired, job.output)),
	});
	await takeUp(acquired.held);
	return acquired;
}

/** Takes jobs off the disk again that this command had just put there, and lets go of the others: nothing was sent. */
export async function dropNew(
	taken: readonly (AcquiredJob | Acquired)[],
): Promise<void> {
	for (const one of taken) {
		if (!("held" in one) || !one.held.isOpen) continue;
		await (one.state === "created" ? one.held.close() : one.held.release());
	}
}

function jobIn(one: AcquiredJob): Job {
	return "held" in one ? one.held.job : one.job;
}

/**
 * What the command that is here changes in a job. Nothing is written.
 * @param group what joins the images of a command that was cut short is one of them from here on, also to those that follow
 */
async function changesOf(
	one: AcquiredJob,
	asked: Job | undefined,
	group: string | undefined,
): Promise<JobChanges> {
	const job = jobIn(one);
	const isOther = group !== undefined && job.group !== group;
	return {
		...(one.state !== "busy" && isOther && { group }),
		...renewedFiles(one, asked?.files),
		...(await renewedForce(one, asked?.output)),
		...renewedPipe(job, asked?.output),
	};
}

/** What was never sent starts from the files as they are now: those on stdin have another name each time. */
function renewedFiles(one: AcquiredJob, files: Job["files"]): JobChanges {
	if (one.state !== "taken" || files === undefined) return {};
	const { job } = one.held;
	if (job.stage.name !== "planned") return {};
	const urls = new Map(job.files?.map(({ sha256, url }) => [sha256, url]));
	return {
		files: files.map((file) => ({ ...file, url: urls.get(file.sha256) })),
	};
}

/** Who gives `--force` anew means what is there by now. */
async function renewedForce(
	one: AcquiredJob,
	asked: JobOutput | undefined,
): Promise<JobChanges> {
	if (one.state !== "taken" || !asked?.force) return {};
	const { job } = one.held;
	const forced = { ...job, output: { ...job.output, force: true } };
	return { output: (await withReplaceable(forced)).output };
}

/** What `resume` was to bring to a file goes to stdout, where the command that is here asks for that. */
export function renewedPipe(
	job: Job,
	output: JobOutput | undefined,
): JobChanges {
	return output?.path === null && job.output.path !== null ? { output } : {};
}

/** An image that another process is at. */
function elsewhere(
	key: string,
	{ job, holder }: Extract<AcquiredJob, { state: "busy" }>,
	takeUp: (held: HeldJob) => Promise<TakenUp>,
): Acquired {
	return { state: "elsewhere", key, job, pid: holder.pid, takeUp };
}
