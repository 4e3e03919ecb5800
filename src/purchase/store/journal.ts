import path from "node:path";
import { Failure } from "../../errors.ts";
import type { Holder } from "../../system/holder.ts";
import type { Job, Stage } from "../job.ts";
import type { Lease } from "./lease.ts";
import { type Acquired, Leases } from "./leases.ts";
import { type ReadJob, readJob } from "./read-job.ts";
import { inState } from "./state-disk.ts";

/** The unfinished jobs on disk, each in the hands of one process at a time. What is past is in the ledger. */
export interface Journal {
	/** The job of this dedupe key: a new one made by `make`, an unfinished one of a process that is gone, or the one that another process is at. */
	acquire(key: string, make: () => Job): Promise<AcquiredJob>;
	/** Takes over an unfinished job; undefined where there is none of this key any more. */
	takeOver(key: string): Promise<AcquiredJob | undefined>;
	/** Looks at an unfinished job and leaves it where it is; undefined where there is none. */
	find(key: string): Promise<FoundJob | undefined>;
	list(): Promise<readonly ListedJob[]>;
	close(): void;
}

export type AcquiredJob =
	| { readonly state: "created" | "taken"; readonly held: HeldJob }
	| { readonly state: "busy"; readonly job: Job; readonly holder: Holder };

export interface FoundJob {
	readonly job: Job;
	readonly holder: Holder;
}

export interface ListedJob {
	readonly key: string;
	/** Undefined where the file is not a job that this version understands. */
	readonly job: Job | undefined;
	/** A later version of the program wrote it. */
	readonly isNewer: boolean;
	readonly holder: Holder;
}

/** Another place for the images, fewer of them to bring, a body that has its uploads in it. */
export type JobChanges = Partial<
	Pick<
		Job,
		| "ref"
		| "clientRef"
		| "group"
		| "output"
		| "wanted"
		| "isRefetch"
		| "body"
		| "files"
		| "account"
		| "draft"
		| "billMicros"
	>
>;

/** A job in the hands of this process. */
export interface HeldJob {
	readonly key: string;
	readonly job: Job;
	/** Until it is released or closed. */
	readonly isOpen: boolean;
	/** On disk, flushed, before it resolves. @throws {Failure} `disk` */
	enter(stage: Stage, changes?: JobChanges): Promise<void>;
	/** Changes what is to become of the job, not how far it is. */
	amend(changes: JobChanges): Promise<void>;
	/** Leaves the job unfinished for a later command. */
	release(): Promise<void>;
	/** The job is done with. */
	close(): Promise<void>;
}

export function openJournal(folder: string): Journal {
	const leases = new Leases(folder);
	return {
		async acquire(key, make) {
			const acquired = await inState(folder, () =>
				leases.acquire(key, () => JSON.stringify(make())),
			);
			return read(acquired, key, folder);
		},
		async takeOver(key) {
			const acquired = await inState(folder, () => leases.takeOver(key));
			return acquired && read(acquired, key, folder);
		},
		async find(key) {
			const found = await inState(folder, () => leases.find(key));
			if (found === undefined) return undefined;
			return { job: jobIn(found.content, key, folder), holder: found.holder };
		},
		async list() {
			const listed = await inState(folder, () => leases.list());
			return listed.map(({ key, content, holder }) => ({
				key,
				...toldOf(readJob(content)),
				holder,
			}));
		},
		close: () => leases.close(),
	};
}

async function read(
	acquired: Acquired,
	key: string,
	folder: string,
): Promise<AcquiredJob> {
	if (acquired.state === "busy") {
		const { state, content, holder } = acquired;
		return { state, job: jobIn(content, key, folder), holder };
	}
	const { state, lease } = acquired;
	try {
		const job = jobIn(lease.content, key, folder);
		return { state, held: hold(lease, job, folder) };
	} catch (error) {
		// Kept for whoever can read it.
		await lease.release();
		throw error;
	}
}

/** @throws {Failure} `config` for what this version does not understand */
function jobIn(content: string, key: string, folder: string): Job {
	const found = readJob(content);
	if (found.state === "job") return found.job;
	throw unreadable(path.join(folder, key), found.state);
}

function toldOf(found: ReadJob): Pick<ListedJob, "job" | "isNewer"> {
	return {
		job: found.state === "job" ? found.job : undefined,
		isNewer: found.state === "newer",
	};
}

function unreadable(file: string, state: "newer" | "damaged"): Failure {
	return state === "newer"
		? new Failure(
				"config",
				`the job file ${file} was written by a later version of flux-ultra`,
				{ hint: "go on with that version: the image may have been paid" },
			)
		: new Failure("config", `the job file ${file} is damaged`, {
				hint: "look at it, then take it away: an image that it stands for may have been paid",
			});
}

function hold(lease: Lease, initial: Job, folder: string): HeldJob {
	let job = initial;
	let isOpen = true;
	const leave = async (action: () => Promise<void>) => {
		await inState(folder, action);
		isOpen = false;
	};
	const write = async (next: Job) => {
		await inState(folder, () => lease.write(JSON.stringify(next)));
		job = next;
	};
	return {
		key: lease.key,
		get job() {
			return job;
		},
		get isOpen() {
			return isOpen;
		},
		enter: (stage, changes) => write({ ...job, ...changes, stage }),
		async amend(changes) {
			if (Object.keys(changes).length > 0) await write({ ...job, ...changes });
		},
		release: () => leave(() => lease.release()),
		close: () => leave(() => lease.remove()),
	};
}
