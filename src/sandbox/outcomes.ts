import type { Outcome, RunRecord } from "./records.ts";

/** What an outcome means at the end of a run. */
interface Ending {
	/** (vendor documentation; `cancelled`, `errored`, `timeout`: older material and code of others) */
	readonly status: string;
	readonly billed: boolean;
	/** Event of the callback. */
	readonly event: string;
	readonly failure?: {
		readonly code: string;
		readonly message: string;
		readonly stage: string;
	};
}

// The codes are inferred, apart from INPUT_VALIDATION_FAILED. Failed runs are not billed (vendor documentation).
export const endings: Readonly<Record<Outcome, Ending>> = {
	succeeded: { status: "succeeded", billed: true, event: "run.completed" },
	"no-output": { status: "succeeded", billed: true, event: "run.completed" },
	partial: {
		status: "partial_succeeded",
		billed: true,
		event: "run.partial_succeeded",
	},
	moderated: failure(
		"failed",
		"CONTENT_MODERATED",
		"The request was blocked by content moderation",
		"moderation",
	),
	failed: failure(
		"failed",
		"PROVIDER_ERROR",
		"The model failed on our side; the run was not billed",
		"inference",
	),
	"validation-failed": failure(
		"failed",
		"INPUT_VALIDATION_FAILED",
		"The provider did not accept the input",
		"validation",
	),
	canceled: canceled("canceled"),
	cancelled: canceled("cancelled"),
	errored: failure(
		"errored",
		"PROVIDER_ERROR",
		"The model failed on our side",
		"inference",
	),
	timeout: failure(
		"timeout",
		"TIMEOUT",
		"The model took too long",
		"inference",
	),
	stuck: { status: "queued", billed: false, event: "" },
};

/** When the run ends, milliseconds since 1970; never for a stuck one. */
export function endsAt(run: RunRecord): number {
	return run.outcome === "stuck"
		? Number.POSITIVE_INFINITY
		: run.createdAt + run.latencyMs;
}

export function isBilled(run: RunRecord): boolean {
	return endings[run.outcome].billed;
}

/** How many pictures there are at the end. */
export function deliveredCount(run: RunRecord): number {
	switch (run.outcome) {
		case "succeeded":
			return run.count;
		case "partial":
			return Math.ceil(run.count / 2);
		default:
			return 0;
	}
}

/** What the run costs in the end, in micro-dollars. */
export function billedMicros(run: RunRecord): number {
	if (!isBilled(run)) return 0;
	const images = run.outcome === "no-output" ? run.count : deliveredCount(run);
	return images * run.priceMicros;
}

function failure(
	status: string,
	code: string,
	message: string,
	stage: string,
): Ending {
	return {
		status,
		billed: false,
		event: "run.failed",
		failure: { code, message, stage },
	};
}

function canceled(status: string): Ending {
	return { status, billed: false, event: "run.cancelled" };
}
