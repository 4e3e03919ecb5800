import type { Outcome, RunRecord } from "./records.ts";

/** What an outcome means at the end of a run. */
interface Ending {
	/** (vendor documentation; `cancelled`, `errored`, `timeout`: older material and code of others) */
	readonly status: string;
	readonly billed: boolean;
	/** Event of the callback. */
	readonly event: string;
	readonly failure?: Failure;
}

interface Failure {
	readonly code: string;
	readonly message: string;
	readonly stage: string;
}

const completed = { billed: true, event: "run.completed" };
const canceled = { billed: false, event: "run.cancelled" };

// The codes are inferred, apart from INPUT_VALIDATION_FAILED. Failed runs are not billed (vendor documentation).
export const endings: Readonly<Record<Outcome, Ending>> = {
	succeeded: { ...completed, status: "succeeded" },
	"no-output": { ...completed, status: "succeeded" },
	partial: {
		status: "partial_succeeded",
		billed: true,
		event: "run.partial_succeeded",
	},
	moderated: failed("failed", {
		code: "CONTENT_MODERATED",
		message: "The request was blocked by content moderation",
		stage: "moderation",
	}),
	failed: failed("failed", {
		code: "PROVIDER_ERROR",
		message: "The model failed on our side; the run was not billed",
		stage: "inference",
	}),
	"validation-failed": failed("failed", {
		code: "INPUT_VALIDATION_FAILED",
		message: "The provider did not accept the input",
		stage: "validation",
	}),
	canceled: { ...canceled, status: "canceled" },
	cancelled: { ...canceled, status: "cancelled" },
	errored: failed("errored", {
		code: "PROVIDER_ERROR",
		message: "The model failed on our side",
		stage: "inference",
	}),
	timeout: failed("timeout", {
		code: "TIMEOUT",
		message: "The model took too long",
		stage: "inference",
	}),
	stuck: { status: "queued", billed: false, event: "" },
};

function failed(status: string, failure: Failure): Ending {
	return { status, billed: false, event: "run.failed", failure };
}

/** Where a run is at a moment: its status follows from its record and the clock alone. */
export interface Progress {
	readonly status: string;
	/** Milliseconds since 1970; null while it has not come to that. */
	readonly startedAt: number | null;
	readonly completedAt: number | null;
	/** False where the output is still to be shown, even of a run that has succeeded. */
	readonly showsOutput: boolean;
	/** Of a run that has ended so. */
	readonly failure?: Failure | undefined;
}

export function progressAt(run: RunRecord, now: number): Progress {
	const { latencyMs, createdAt, oddities } = run;
	const elapsedMs = now - createdAt;
	// Most of the time goes into the work: a short queue (a second at most), then a hand-over that is shorter still.
	const dispatchedMs = Math.min(1_000, latencyMs * 0.12);
	const startedMs = dispatchedMs * 1.25;
	const startedAt = Math.round(createdAt + startedMs);
	const end = endsAt(run);
	if (now >= end) {
		const { status, failure } = endings[run.outcome];
		const showsOutput = now >= shownAt(run);
		return { status, startedAt, completedAt: end, showsOutput, failure };
	}
	const waiting = { startedAt: null, completedAt: null, showsOutput: false };
	if (run.outcome === "stuck" || elapsedMs < dispatchedMs)
		return { ...waiting, status: "queued" };
	if (oddities.unknownStatus) return { ...waiting, status: "warming_up" };
	if (elapsedMs < startedMs) return { ...waiting, status: "dispatching" };
	return { ...waiting, status: "running", startedAt };
}

/** When the run ends, milliseconds since 1970; never for a stuck one. */
export function endsAt(run: RunRecord): number {
	return run.outcome === "stuck"
		? Number.POSITIVE_INFINITY
		: run.createdAt + run.latencyMs;
}

/** When its output can be read, milliseconds since 1970. */
export function shownAt(run: RunRecord): number {
	return endsAt(run) + (run.oddities.lateOutputMs ?? 0);
}

/** How many pictures there are at the end. */
export function deliveredCount({ outcome, count }: RunRecord): number {
	if (outcome === "partial") return Math.ceil(count / 2);
	return outcome === "succeeded" ? count : 0;
}

/** What the run costs in the end, in micro-dollars. */
export function billedMicros(run: RunRecord): number {
	if (!endings[run.outcome].billed) return 0;
	const images = run.outcome === "no-output" ? run.count : deliveredCount(run);
	return images * run.priceMicros;
}

/** The asset that an output of a run is. (inferred, and with it the name `asset_id`: no source shows outputs as assets) */
export function outputAssetId(run: RunRecord, index: number): string {
	return `${run.id}-${index}`;
}

/** The run and the output that an asset is; undefined where it is none, or not there yet. */
export function findOutputAsset(
	runs: ReadonlyMap<string, RunRecord>,
	assetId: string,
	now: number,
): { readonly run: RunRecord; readonly index: number } | undefined {
	const [, id = "", digit] = /^(.+)-(\d)$/.exec(assetId) ?? [];
	const run = runs.get(id);
	const index = Number(digit);
	const isThere =
		run !== undefined &&
		!run.oddities.hidesAssets &&
		now >= endsAt(run) &&
		index < deliveredCount(run);
	return isThere ? { run, index } : undefined;
}
