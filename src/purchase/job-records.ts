import type { Failure } from "../errors.ts";
import {
	errorInfo,
	type FailedRecord,
	type ImageAsked,
	type UnfinishedRecord,
} from "../record.ts";
import type { JobContext } from "./context.ts";
import { inputOf, type Job, runOf, wantedOf } from "./job.ts";
import { toldInputs } from "./told-inputs.ts";

/** The records of a job that is bought and not waited for. @param boughtHere whether this command bought it */
export function submittedRecords(
	job: Job,
	boughtHere: boolean,
	context: Pick<JobContext, "isSandbox">,
): readonly UnfinishedRecord[] {
	const run = runOf(job);
	return wantedOf(job).map((at) => ({
		...askedOf(job, context, at),
		status: "submitted",
		run_id: run?.id ?? null,
		charged: boughtHere ? "yes" : "no",
		submitted_at: run?.submittedAt ?? null,
	}));
}

/** The records of a job that is left where it is, by a command that ends now. */
export function abandonedRecords(
	job: Job,
	wasBought: boolean,
	failure: Failure,
	context: Pick<JobContext, "isSandbox" | "resumeCommand">,
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
					status: "pending",
					charged: wasBought && run ? "no" : bought,
					submitted_at: run?.submittedAt ?? null,
				}
			: { ...told, status: "failed", charged: "no" };
	});
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

/** What to do for an image that may still be brought. */
export function keptHint(
	{ resumeCommand }: Pick<JobContext, "resumeCommand">,
	failure?: Failure,
	runId?: string,
): string {
	// The same place would fail again, until somebody mends it.
	if (failure?.code === "disk" && runId !== undefined)
		return `nothing is lost: mend that and then ${resumeCommand}, or save it elsewhere: flux-ultra runs fetch ${runId} -o elsewhere.jpg`;
	return `nothing is lost and nothing will be bought again: ${resumeCommand}`;
}
