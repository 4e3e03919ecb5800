import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { Failure, systemCode } from "../../errors.ts";
import { nameKey } from "../../names/expand.ts";
import { forceDoes, plannedPath } from "../../names/places.ts";
import { placeholdersOf } from "../../names/template.ts";
import { type Job, wantedOf } from "../job.ts";
import { mayReplace } from "../replaceable.ts";
import { emptyIfMissing, type Lease } from "./lease.ts";
import { Leases } from "./leases.ts";
import { inState } from "./state-disk.ts";

/**
 * The names that unfinished jobs will give their images, over all processes of a state folder: of two commands that
 * want one file, the second is refused before it buys. A reservation says which job it is for, and is void without it.
 */
export interface Targets {
	/**
	 * Reserves the files of a job, and sees that nothing is there.
	 * @throws {Failure} `exists` with `charged: "no"`
	 */
	reserve(key: string, job: Job): Promise<void>;
	/** Reserves another name for a job. @returns false where another job's image is to have it */
	reserveName(key: string, file: string): Promise<boolean>;
	/** Lets go of the files of a job. @param isOver the job is done with; else it goes on needing them */
	release(key: string, job: Job, isOver: boolean): Promise<void>;
	/** Takes away what killed processes left of jobs that are done with. */
	sweep(): Promise<void>;
	/** Ends the heartbeat of what is held. */
	close(): void;
}

/**
 * @param folder of the reservations
 * @param jobs folder of the journal
 * @param resume the command that finishes what is unfinished
 */
export function openTargets(
	folder: string,
	jobs: string,
	resume: string,
): Targets {
	// Void without its job: what a power cut takes of it is of no use.
	const leases = new Leases(folder, { isDurable: false });
	const held = new Map<string, Lease[]>();

	async function reserveOne(file: string, key: string): Promise<void> {
		const name = leaseKey(file);
		const own = held.get(key) ?? [];
		if (own.some((lease) => lease.key === name)) return;
		const acquired = await leases.acquire(name, () => key);
		// Also where it is for this job: whoever has it may be about to take it away.
		if (acquired.state === "busy")
			throw isMade(file, `process ${acquired.holder.pid}`, resume);
		const { lease } = acquired;
		const owner = lease.content;
		if (owner !== key && (await isOpen(path.join(jobs, owner)))) {
			await lease.release();
			throw isMade(file, "a command that has not finished", resume);
		}
		if (owner !== key) await lease.write(key);
		held.set(key, [...own, lease]);
	}

	return {
		async reserve(key, job) {
			if (held.has(key)) return;
			for (const file of filesOf(job)) {
				await inState(folder, () => reserveOne(file, key));
				// Not before: whoever had the name may just have finished.
				if (!(await mayReplace(file, job.output))) await checkFree(file, job);
			}
		},
		async reserveName(key, file) {
			try {
				await inState(folder, () => reserveOne(file, key));
				return true;
			} catch (error) {
				if (error instanceof Failure && error.code === "exists") return false;
				throw error;
			}
		},
		async release(key, job, isOver) {
			const own = held.get(key) ?? [];
			for (const lease of own)
				await (isOver ? lease.remove() : lease.release());
			held.delete(key);
			if (!isOver) return;
			for (const name of filesOf(job).map(leaseKey)) {
				if (own.some((lease) => lease.key === name)) continue;
				// Reserved by a process that is gone.
				const found = await leases.takeOver(name);
				if (found === undefined || found.state === "busy") continue;
				const isOurs = found.lease.content === key;
				await (isOurs ? found.lease.remove() : found.lease.release());
			}
		},
		async sweep() {
			for (const { key, content, holder } of await leases.list()) {
				if (holder.alive) continue;
				// One that is another user's, or that the disk does not give, keeps nobody from the others.
				await sweepOne(leases, key, path.join(jobs, content)).catch((error) => {
					if (systemCode(error) === undefined) throw error;
				});
			}
		},
		close: () => leases.close(),
	};
}

/** Takes a reservation away that its job does not need. */
async function sweepOne(
	leases: Leases,
	name: string,
	job: string,
): Promise<void> {
	if (await isOpen(job)) return;
	const found = await leases.takeOver(name);
	if (found === undefined || found.state === "busy") return;
	// The command may have been given again, and have left once more.
	const isNeeded = await isOpen(job);
	await (isNeeded ? found.lease.release() : found.lease.remove());
}

/** None where only the purchase gives the name: a run's id is in no other's. */
function filesOf(job: Job): readonly string[] {
	const { path: template } = job.output;
	if (template === null || placeholdersOf(template).includes("run")) return [];
	return wantedOf(job).map((at) => plannedPath(job, at) ?? "");
}

function leaseKey(file: string): string {
	return createHash("sha256").update(nameKey(file)).digest("hex").slice(0, 32);
}

async function isOpen(job: string): Promise<boolean> {
	const names = await fs
		.readdir(job)
		.catch((error) =>
			systemCode(error) === "ENOTDIR" ? [] : emptyIfMissing(error),
		);
	return names.some((name) => name.endsWith(".json"));
}

async function checkFree(file: string, job: Job): Promise<void> {
	const stat = await fs.lstat(file).catch(() => undefined);
	if (stat === undefined) return;
	throw new Failure("exists", `${file} exists`, {
		hint: `nothing was bought: name another with -o; ${forceDoes(job)}`,
		charged: "no",
	});
}

function isMade(file: string, by: string, resume: string): Failure {
	return new Failure("exists", `${file} is being made by ${by}`, {
		hint: `nothing was bought: name another file with -o, or finish that one first: ${resume}`,
		charged: "no",
	});
}
