import { randomUUID } from "node:crypto";
import fs from "node:fs/promises";
import { Failure, systemCode } from "../errors.ts";
import {
	errorInfo,
	type FailedRecord,
	type SavedRecord,
	type UnfinishedRecord,
} from "../record.ts";
import type { Run } from "../runflow/schemas.ts";
import type { JobContext } from "./context.ts";
import type { Delivered } from "./deliver/place.ts";
import { writeSidecar } from "./deliver/sidecar.ts";
import { imageKey, type Job, runOf, wantedOf, withNames } from "./job.ts";
import { askedOf, keptHint, placeOf, spentOn } from "./job-records.ts";
import { surprisesOf, tellBill, tellSurprises } from "./limits/bill-notes.ts";
import {
	chargedBy,
	isFinal,
	isForLater,
	isOutOfReach,
	isToOrderAnew,
	isWaiting,
} from "./outcome.ts";
import type { HeldJob, JobChanges } from "./store/journal.ts";

/** What is known of the work on a job. */
export interface Work {
	/** As it ended; undefined where only an earlier process saw it. */
	readonly run: Run | undefined;
	/** By `Clock.elapsed`. */
	readonly startedAtMs: number;
	/** Whether this command sent the order that made it. */
	readonly boughtHere: boolean;
}

/** Books an image that is in its place; the job goes with its last one. @throws {Failure} `disk` */
export async function settleSaved(
	held: HeldJob,
	delivered: Delivered,
	{ run, startedAtMs, boughtHere }: Work,
	context: JobContext,
): Promise<SavedRecord> {
	const { job } = held;
	const { at } = delivered;
	const bought = runOf(job);
	const record: SavedRecord = {
		...askedOf(job, context, at),
		status: "saved",
		file: delivered.path === null ? "-" : context.showPath(delivered.path),
		...(delivered.askedPath !== undefined && {
			file_asked: context.showPath(delivered.askedPath),
		}),
		bytes: delivered.sizeBytes,
		width: delivered.width,
		height: delivered.height,
		format: delivered.format,
		sha256: delivered.sha256,
		run_id: bought?.id ?? "",
		charged: boughtHere ? "yes" : "no",
		...spentOn(job, run, at, boughtHere),
		submitted_at: bought?.submittedAt ?? null,
		run_ms: run?.durationMs ?? null,
		total_ms: Math.round(context.clock.elapsed() - startedAtMs),
		...(delivered.promised && {
			width_promised: delivered.promised.width,
			height_promised: delivered.promised.height,
		}),
		...surprisesOf(job, run),
	};
	tellBill(job, run, at, context);
	tellSurprises(record, context);
	if (job.output.sidecar && delivered.path !== null)
		await writeSidecar(delivered.path, record, job.output).catch((error) =>
			tellTooLong(error, context),
		);
	await writeLedger(held, record, at, delivered.path, context);
	await letGo(held, [at]);
	return record;
}

/** What has too long a name has it at each later try: the image would never be done with. @throws all else */
function tellTooLong(error: Failure, { emit }: JobContext): void {
	if (systemCode(error.cause) !== "ENAMETOOLONG") throw error;
	emit({ type: "note", text: `${error.message}; the image is saved` });
}

/** Says why some images of a job are not there; the job goes with the last one that nothing can bring any more. */
export async function settleFailure(
	held: HeldJob,
	failure: Failure,
	images: readonly number[],
	{ run: ended, boughtHere }: Omit<Work, "startedAtMs">,
	context: JobContext,
): Promise<readonly (FailedRecord | UnfinishedRecord)[]> {
	const { job } = held;
	const run = runOf(job);
	const moneyIn = chargedBy(failure, job, ended);
	const isBought = run !== undefined || failure.runId !== undefined;
	const charged = isBought && !boughtHere ? "no" : moneyIn;
	const isOver = moneyIn === "no" || (run !== undefined && isFinal(failure));
	const isGone = isOutOfReach(failure, job);
	const info = isGone
		? { ...errorInfo(failure), hint: outOfReachHint }
		: errorInfo(failure);
	const records = images.map((at): FailedRecord | UnfinishedRecord => {
		const told = {
			...askedOf(job, context, at),
			run_id: run?.id ?? failure.runId ?? null,
			charged,
			...(moneyIn === "yes" && spentOn(job, ended, at, boughtHere)),
			error: isOver
				? info
				: { ...info, hint: info.hint ?? keptHint(context, failure, run?.id) },
		};
		return isOver || !isWaiting(failure)
			? { ...told, status: "failed" }
			: {
					...told,
					...placeOf(job, at, context),
					status: "pending",
					submitted_at: run?.submittedAt ?? null,
				};
	});
	if (isGone) await letGo(held, images).catch(() => {});
	if (!isOver || isForLater(failure, job)) return records;
	try {
		for (const [nth, record] of records.entries())
			if (run && record.status === "failed")
				await writeLedger(held, record, images[nth] ?? 1, null, context);
		if (isToOrderAnew(failure, job))
			await held.enter({ name: "planned" }, anew(job));
		else await letGo(held, images);
	} catch {
		// The disk is what failed, or fails now as well: the job stays as it is, which loses nothing.
	}
	return records;
}

/** Gives up a job that nothing can finish. What its run cost, or an order that may have been bought, stays in the ledger, as what failed. @throws {Failure} `disk` */
export async function settleForgotten(
	held: HeldJob,
	context: Pick<JobContext, "ledger" | "clock" | "isSandbox">,
): Promise<void> {
	const { job } = held;
	const { stage } = job;
	const run = runOf(job);
	const failure = new Failure("no_output", "given up");
	const sentAt = stage.name === "sending" ? stage.sentAt : run?.submittedAt;
	// What was saved once is in the ledger already.
	for (const at of sentAt && !job.isRefetch ? wantedOf(job) : []) {
		const record: FailedRecord = {
			...askedOf(job, context, at),
			status: "failed",
			run_id: run?.id ?? null,
			charged: run ? "no" : "unknown",
			...(run && spentOn(job, undefined, at, false)),
			...(sentAt !== undefined && { submitted_at: sentAt }),
			error: errorInfo(failure),
		};
		await writeLedger(held, record, at, null, context);
	}
	await held.close();
}

const outOfReachHint =
	"it was bought from here once: with the key of that time the same command fetches it; to buy it anew: --force";

/** Takes images off the job's list; the job itself with the last of them. */
async function letGo(held: HeldJob, images: readonly number[]): Promise<void> {
	const wanted = wantedOf(held.job).filter((at) => !images.includes(at));
	const run = runOf(held.job);
	if (wanted.length === 0) return held.close();
	if (run)
		await held.enter(
			{ name: "bought", runId: run.id, submittedAt: run.submittedAt },
			{ wanted },
		);
}

/** By a reference of its own, as the service answers to the old one with the old run. */
function anew(job: Job): JobChanges {
	const ref = randomUUID();
	const { body } = withNames(job, { ref, clientRef: ref, group: job.group });
	const nothing = { wanted: undefined, billMicros: undefined };
	return { ref, clientRef: ref, body, ...nothing };
}

async function writeLedger(
	{ key, job }: HeldJob,
	record: SavedRecord | FailedRecord,
	at: number,
	path: string | null,
	{ ledger, clock }: Pick<JobContext, "ledger" | "clock">,
): Promise<void> {
	const { service, group, project } = job;
	const finishedAt = new Date(clock.now()).toISOString();
	// Gone or moved already by somebody's script: that is no reason to forget that it was brought.
	const stat = path === null ? null : await fs.stat(path).catch(() => null);
	await ledger.append({
		mtimeMs: stat?.mtimeMs,
		priceMicros:
			job.priceMicros && Math.round(job.priceMicros / (job.images ?? 1)),
		record,
		key: imageKey(key, at),
		group,
		service,
		project,
		path,
		finishedAt,
	});
}
