import fs from "node:fs/promises";
import { type Charged, type Failure, toFailure } from "../errors.ts";
import { microsToUsd, usdToMicros } from "../money.ts";
import {
	errorInfo,
	type FailedRecord,
	type ImageAsked,
	type ImageRecord,
	type SavedRecord,
	type UnfinishedRecord,
} from "../record.ts";
import type { Run } from "../runflow/schemas.ts";
import { buy, findEarlierRun } from "./buy.ts";
import type { JobContext } from "./context.ts";
import { type Delivered, deliver, findPlaced } from "./deliver.ts";
import { judgeEnd } from "./end.ts";
import type { Gate } from "./gate.ts";
import { type Job, runOf } from "./job.ts";
import type { HeldJob } from "./journal.ts";
import { writeSidecar } from "./sidecar.ts";
import { waitForEnd } from "./wait.ts";

/** How far to take a job: `image` all the way, `submitted` to the purchase, `paid` all the way but never buying. */
export type Goal = "image" | "submitted" | "paid";

/**
 * Takes a job from wherever it is to its goal, and says how it ended. Never throws: each way to
 * fail becomes a record, and the job stays on disk exactly as long as money may be in it.
 * Undefined only for the goal `paid`, where it turned out that nothing was ever bought.
 */
export async function runJob(
	held: HeldJob,
	goal: Goal,
	asked: JobContext,
): Promise<ImageRecord | undefined> {
	// Waiting for room at the gate is not part of the time that the user gives a run.
	const askedAtMs = asked.clock.now();
	let startedAtMs = askedAtMs;
	const place = placeIn(asked.gate);
	let ended: Run | undefined;
	try {
		const placed = await findPlaced(held, asked);
		if (placed)
			return await settleSaved(held, placed, undefined, startedAtMs, asked);
		if (!runOf(held.job)) await place.take(asked.signal);
		startedAtMs = asked.clock.now();
		const context = {
			...asked,
			deadlineMs: asked.deadlineMs + startedAtMs - askedAtMs,
		};
		const bought = await ensureBought(held, goal, context);
		if (bought === undefined) {
			await held.close();
			return undefined;
		}
		if (goal === "submitted") {
			await held.release();
			return submittedRecord(held.job, context);
		}
		const run = runOf(held.job);
		if (run === undefined) throw new Error("a bought job has a run");
		ended = await endOf(run, bought.run, held.job, context);
		// The service is done with it: the next run may start while this image comes home.
		place.leave();
		judgeEnd(ended);
		const delivered = await deliver(held, ended, context);
		return await settleSaved(held, delivered, ended, startedAtMs, context);
	} catch (error) {
		return settleFailure(held, error, ended, asked);
	} finally {
		place.leave();
	}
}

/** One run's place in the gate, given back once. */
function placeIn(gate: Gate | undefined) {
	let isInside = false;
	return {
		async take(signal: AbortSignal) {
			await gate?.enter(signal);
			isInside = gate !== undefined;
		},
		leave() {
			if (isInside) gate?.leave();
			isInside = false;
		},
	};
}

async function endOf(
	run: { readonly id: string; readonly submittedAt: string },
	known: Run | undefined,
	{ clientRef }: Job,
	context: JobContext,
): Promise<Run> {
	const submittedAtMs = Date.parse(run.submittedAt);
	if (context.watch && known)
		return context.watch.waitForEnd(run.id, clientRef, submittedAtMs, context);
	return waitForEnd(run.id, submittedAtMs, context, known);
}

/** Undefined where nothing was bought and nothing may be. */
async function ensureBought(
	held: HeldJob,
	goal: Goal,
	context: JobContext,
): Promise<{ readonly run: Run | undefined } | undefined> {
	if (runOf(held.job)) return { run: undefined };
	if (goal !== "paid") return { run: await buy(held, context) };
	const run = await findEarlierRun(held, context);
	return run && { run };
}

async function settleSaved(
	held: HeldJob,
	delivered: Delivered,
	run: Run | undefined,
	startedAtMs: number,
	context: JobContext,
): Promise<SavedRecord> {
	const { job } = held;
	const bought = runOf(job);
	const record: SavedRecord = {
		...askedOf(job, context),
		status: "saved",
		file: delivered.path === null ? "-" : context.showPath(delivered.path),
		bytes: delivered.sizeBytes,
		width: delivered.width,
		height: delivered.height,
		format: delivered.format,
		sha256: delivered.sha256,
		run_id: bought?.id ?? "",
		charged: "yes",
		cost_usd: costOf(job, run),
		submitted_at: bought?.submittedAt ?? null,
		run_ms: run?.durationMs ?? null,
		total_ms: Math.round(context.clock.now() - startedAtMs),
	};
	if (job.output.sidecar && delivered.path !== null)
		await writeSidecar(delivered.path, record);
	await writeLedger(held, record, delivered.path, context);
	await held.close();
	return record;
}

async function settleFailure(
	held: HeldJob,
	error: unknown,
	ended: Run | undefined,
	context: JobContext,
): Promise<ImageRecord> {
	const failure = toFailure(error);
	const { job } = held;
	const run = runOf(job);
	const charged = chargedBy(failure, job, ended);
	const isOver = charged === "no" || (run !== undefined && isFinal(failure));
	const info = errorInfo(failure);
	const told = {
		...askedOf(job, context),
		run_id: run?.id ?? null,
		charged,
		error: isOver ? info : { ...info, hint: info.hint ?? keptHint(context) },
	};
	const record: FailedRecord | UnfinishedRecord =
		isOver || !isWaiting(failure)
			? { ...told, status: "failed" }
			: { ...told, status: "pending", submitted_at: run?.submittedAt ?? null };
	try {
		if (isOver && run && record.status === "failed")
			await writeLedger(held, record, null, context);
		if (isOver) await held.close();
		else await held.release();
	} catch {
		// The disk is what failed, or fails now as well: the job stays as it is, which loses nothing.
	}
	return record;
}

function keptHint({ resumeCommand }: JobContext): string {
	return `nothing is lost and nothing will be bought again: ${resumeCommand}`;
}

/** The run itself said how it ended; asking again changes nothing. */
function isFinal({ code }: Failure): boolean {
	return code === "run_failed" || code === "canceled" || code === "moderated";
}

/** The run may still bring the image: this command only stopped waiting for it. */
function isWaiting({ code }: Failure): boolean {
	const codes = ["timeout", "unknown_charge", "interrupted", "auth", "network"];
	return [...codes, "rate_limited", "unavailable"].includes(code);
}

/** Where a run is known, only its own end can say that it cost nothing. */
function chargedBy(
	failure: Failure,
	job: Job,
	ended: Run | undefined,
): Charged {
	switch (job.stage.name) {
		case "planned":
			return "no";
		case "sending":
			return failure.charged ?? "unknown";
		case "bought":
		case "placing":
			// Failed runs are not billed (vendor documentation), unless the run itself names a cost.
			return ended && isFinal(failure) && (costOf(job, ended, 0) ?? 0) === 0
				? "no"
				: "yes";
		default:
			return job.stage satisfies never;
	}
}

async function writeLedger(
	{ key, job }: HeldJob,
	record: SavedRecord | FailedRecord,
	path: string | null,
	{ ledger, clock }: JobContext,
): Promise<void> {
	const { service, group, project } = job;
	const finishedAt = new Date(clock.now()).toISOString();
	// Gone or moved already by somebody's script: that is no reason to forget that it was brought.
	const stat = path === null ? null : await fs.stat(path).catch(() => null);
	await ledger.append({
		mtimeMs: stat?.mtimeMs,
		record,
		key,
		group,
		service,
		project,
		path,
		finishedAt,
	});
}

/** What the service says it cost; our price, or the one given, where it doesn't say. In dollars. */
function costOf(
	job: Job,
	run: Run | undefined,
	otherwiseMicros = job.priceMicros,
): number | null {
	const said =
		run?.costText === undefined ? undefined : usdToMicros(run.costText);
	const micros = said ?? otherwiseMicros;
	return micros === undefined ? null : microsToUsd(micros);
}

/** The record of a job that is bought and not waited for. */
export function submittedRecord(
	job: Job,
	context: Pick<JobContext, "isSandbox">,
): UnfinishedRecord {
	const run = runOf(job);
	return {
		...askedOf(job, context),
		status: "submitted",
		run_id: run?.id ?? null,
		charged: "yes",
		submitted_at: run?.submittedAt ?? null,
	};
}

/** What every record of a job says. */
export function askedOf(
	job: Job,
	{ isSandbox }: Pick<JobContext, "isSandbox">,
): ImageAsked {
	return {
		version: 1,
		prompt: job.prompt,
		seed: job.seed,
		model: job.model,
		client_ref: job.ref,
		index: job.index,
		sandbox: isSandbox(),
	};
}
