import type * as z from "zod/mini";
import { billOf, type ImageCost } from "../../ledger/bill.ts";
import { boughtAt, type LedgerLine } from "../../ledger/ledger.ts";
import { knownPath } from "../../names/places.ts";
import { type Job, runOf } from "../../purchase/job.ts";
import type { Run } from "../../runflow/schemas.ts";
import { microsToUsd } from "../../system/money.ts";
import { namesOf } from "../session/job-context.ts";
import type { rowSchema } from "./row-schema.ts";

/** One run, from this machine's ledger and journal or from the account. */
export type Row = z.infer<typeof rowSchema>;

/** Of a run that is under way, or not on disk yet. */
export function rowOfJob(job: Job, cwd: string): Row {
	const run = runOf(job);
	const file = knownPath(job, run?.id);
	const { billMicros, priceMicros } = job;
	const micros = billMicros ?? priceMicros;
	const price = micros === undefined ? null : microsToUsd(micros);
	const isPlanned = job.stage.name === "planned";
	return {
		version: 1,
		status: job.stage.name === "placing" ? "bought" : job.stage.name,
		run_id: run?.id ?? null,
		created_at: job.createdAt,
		cost_usd: price,
		paid_usd: run ? price : isPlanned ? 0 : null,
		cost_is_estimate: price !== null && billMicros === undefined,
		...(file === null ? { file: "-", path: null } : namesOf(file, cwd)),
		seed: job.seed,
		prompt: job.prompt,
		client_ref: job.ref,
		model: job.model,
		sha256: null,
		project: job.project ?? null,
		sandbox: job.service === "sandbox" || null,
	};
}

/** Of an image that is done with. @param cost from all lines about it, where they were read */
export function rowOfLine(
	line: LedgerLine,
	cost: ImageCost | undefined,
	cwd: string,
): Row {
	const { record, path, project } = line;
	const paid = cost?.micros === undefined ? null : microsToUsd(cost.micros);
	return {
		version: 1,
		status: record.status,
		run_id: record.run_id,
		created_at: boughtAt(line) ?? null,
		cost_usd: paid,
		paid_usd: paid,
		cost_is_estimate: cost?.isEstimate === true,
		...(path === null ? { file: null, path } : namesOf(path, cwd)),
		seed: record.seed,
		prompt: record.prompt,
		client_ref: record.client_ref,
		model: record.model,
		sha256: record.status === "saved" ? record.sha256 : null,
		project: project ?? null,
		sandbox: record.sandbox,
	};
}

export function rowOfRun(run: Run): Row {
	const micros = billOf(run);
	const cost = micros === undefined ? null : microsToUsd(micros);
	return {
		version: 1,
		status: run.status,
		run_id: run.id,
		created_at: run.createdAt ?? null,
		cost_usd: cost,
		paid_usd: cost,
		cost_is_estimate: false,
		file: null,
		path: null,
		seed: run.seed ?? null,
		prompt: run.prompt ?? null,
		client_ref: run.clientRef ?? null,
		model: null,
		sha256: null,
		project: null,
		sandbox: null,
	};
}
