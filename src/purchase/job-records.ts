import type { Failure } from "../errors.ts";
import { billOf } from "../ledger/bill.ts";
import type { DoneImage } from "../ledger/done-images.ts";
import type { Input } from "../models/check-inputs.ts";
import { plannedPath } from "../names/places.ts";
import { placeholdersOf } from "../names/template.ts";
import {
	errorInfo,
	type FailedRecord,
	type ImageAsked,
	type PlannedRecord,
	type SavedRecord,
	type SkippedRecord,
	type UnfinishedRecord,
} from "../record.ts";
import type { Run } from "../runflow/schemas.ts";
import { microsToUsd } from "../system/money.ts";
import type { JobContext } from "./context.ts";
import { type InputFile, inputOf, type Job, runOf, wantedOf } from "./job.ts";
import { costOf } from "./limits/bill-notes.ts";

/** The records of a job that is bought and not waited for. @param boughtHere whether this command bought it */
export function submittedRecords(
	job: Job,
	boughtHere: boolean,
	context: Show,
): readonly UnfinishedRecord[] {
	const run = runOf(job);
	return wantedOf(job).map((at) => ({
		...askedOf(job, context, at),
		...placeOf(job, at, context),
		status: "submitted",
		run_id: run?.id ?? null,
		charged: boughtHere ? "yes" : "no",
		...spentOn(job, undefined, at, boughtHere),
		submitted_at: run?.submittedAt ?? null,
	}));
}

/** The records of a job that is left where it is, by a command that ends now. */
export function abandonedRecords(
	job: Job,
	wasBought: boolean,
	failure: Failure,
	context: Show & Pick<JobContext, "command">,
): readonly (UnfinishedRecord | FailedRecord)[] {
	const run = runOf(job);
	const isSent = job.stage.name !== "planned";
	const bought = wasBought || run === undefined ? "unknown" : "yes";
	return wantedOf(job).map((at) => {
		const told = {
			...askedOf(job, context, at),
			run_id: run?.id ?? null,
			error: {
				...errorInfo(failure),
				hint: isSent ? keptHint(context) : null,
			},
		};
		return isSent
			? {
					...told,
					...placeOf(job, at, context),
					...(run && spentOn(job, undefined, at, !wasBought)),
					status: "pending",
					charged: wasBought && run ? "no" : bought,
					submitted_at: run?.submittedAt ?? null,
				}
			: { ...told, status: "failed", charged: "no" };
	});
}

/** The money in an image of a bought run. @param run as it ended, where that is known */
export function spentOn(
	job: Job,
	run: Run | undefined,
	at: number,
	boughtHere: boolean,
): Pick<SavedRecord, "cost_usd" | "paid_usd" | "cost_is_estimate"> {
	const paid = costOf(job, run, at);
	const billMicros = (run && billOf(run)) ?? job.billMicros;
	return {
		cost_usd: boughtHere ? paid : 0,
		paid_usd: paid,
		...(paid !== null &&
			billMicros === undefined && { cost_is_estimate: true }),
	};
}

/** Whether the images come from a sandbox, and how paths are shown. */
export type Show = Pick<JobContext, "isSandbox" | "showPath">;

/** Where an image will be that is not on disk yet; nothing while its name waits for the id of its run. */
export function placeOf(
	job: Job,
	at: number,
	{ showPath }: Pick<Show, "showPath">,
): Pick<UnfinishedRecord, "file"> {
	const { path } = job.output;
	const run = runOf(job)?.id;
	if (!run && placeholdersOf(path ?? "").includes("run")) return {};
	return { file: shown(plannedPath(job, at, run), showPath) };
}

/** @param path null for stdout */
function shown(path: string | null, showPath: Show["showPath"]): string {
	return path === null ? "-" : showPath(path);
}

/**
 * What would become of an image.
 * @param path as far as it is known; null for stdout
 * @param isToBuy false where it is bought already
 */
export function plannedRecord(
	job: Job,
	{ at, path }: { readonly at: number; readonly path: string | null },
	isToBuy: boolean,
	context: Show,
): PlannedRecord {
	const { client_ref: _, ...asked } = askedOf(job, context, at);
	const { priceMicros, images = 1, isEstimate } = job;
	const micros =
		priceMicros === undefined ? undefined : Math.round(priceMicros / images);
	const cost = isToBuy ? micros : 0;
	return {
		...asked,
		status: "planned",
		file: shown(path, context.showPath),
		charged: "no",
		cost_usd: cost === undefined ? null : microsToUsd(cost),
		...(isToBuy && isEstimate && { cost_is_estimate: true }),
	};
}

/** An image that is on disk already. */
export function skippedRecord(
	job: Job,
	done: DoneImage,
	at: number,
	context: Show,
): SkippedRecord {
	const { bytes, width, height, format, sha256, sandbox } = done;
	return {
		...askedOf(job, context, at),
		// Where the row names none, one that was moved here keeps its own.
		seed: done.seed,
		client_ref: done.ref,
		sandbox,
		status: "skipped",
		file: context.showPath(done.path),
		bytes,
		width,
		height,
		format,
		sha256,
		run_id: done.runId,
		charged: "no",
		cost_usd: 0,
		...done.paid,
	};
}

/** An image that was not begun, or could not be. */
export function unbegunRecord(
	job: Job,
	at: number,
	failure: Failure,
	context: Pick<JobContext, "isSandbox">,
): FailedRecord {
	return {
		...askedOf(job, context, at),
		status: "failed",
		run_id: null,
		charged: "no",
		error: errorInfo(failure),
	};
}

/** What every record of an image says. @param at which image of its run, from 1 */
export function askedOf(
	job: Job,
	{ isSandbox }: Pick<JobContext, "isSandbox">,
	at: number,
): ImageAsked {
	return {
		version: 1,
		prompt: job.prompt,
		seed: job.seed,
		model: job.model,
		...toldInputs(inputOf(job.body), job.files),
		client_ref: job.ref,
		index: job.index + at - 1,
		...((job.images ?? 1) > 1 && { output: at }),
		sandbox: isSandbox(),
	};
}

/** Inputs beside prompt and seed as a record tells them: files of this machine by their paths, links without what signs them. */
function toldInputs(
	input: Input,
	files: readonly InputFile[] = [],
): Pick<ImageAsked, "inputs" | "input_files"> {
	const entries = Object.entries(input).filter(
		([name]) => name !== "prompt" && name !== "seed",
	);
	if (entries.length === 0) return {};
	const read = files.map(({ path: file, sha256 }) => ({ file, sha256 }));
	const names = new Map(
		files.flatMap(({ url, sha256, path: file }) => [
			[`file:${sha256}`, file],
			[url, file],
		]),
	);
	const told = JSON.stringify(Object.fromEntries(entries), (_name, value) =>
		typeof value === "string"
			? (names.get(value) ?? value.replace(/^(https?:[^?]*\?).+$/s, "$1…"))
			: value,
	);
	return {
		inputs: JSON.parse(told),
		...(read.length > 0 && { input_files: read }),
	};
}

/** What to do for an image that may still be brought. */
export function keptHint(
	{ command }: Pick<JobContext, "command">,
	failure?: Failure,
	runId?: string,
): string {
	// The same place would fail again, until somebody mends it.
	if (failure?.code === "disk" && runId !== undefined)
		return `nothing is lost: mend that and then ${command("resume")}, or save it elsewhere: ${command(`runs fetch ${runId} -o elsewhere.jpg`)}`;
	return `nothing is lost and nothing will be bought again: ${command("resume")}`;
}
