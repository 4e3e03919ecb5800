import { endings, endsAt } from "./outcomes.ts";
import type { RunRecord } from "./records.ts";

/** Every status that the documentation names, for `GET /v1/runs/statuses`. */
export const documentedStatuses = [
	{ code: "queued", is_final: false },
	{ code: "dispatching", is_final: false },
	{ code: "running", is_final: false },
	{ code: "succeeded", is_final: true },
	{ code: "partial_succeeded", is_final: true },
	{ code: "failed", is_final: true },
	{ code: "canceled", is_final: true },
] as const;

/** Where a run is at a moment: its status follows from its record and the clock alone. */
export interface Progress {
	readonly status: string;
	/** Milliseconds since 1970; null while it has not come to that. */
	readonly startedAt: number | null;
	readonly completedAt: number | null;
	/** False where the output is still to be shown, even of a run that has succeeded. */
	readonly showsOutput: boolean;
}

export function progressAt(run: RunRecord, now: number): Progress {
	const { latencyMs, createdAt, oddities } = run;
	const elapsedMs = now - createdAt;
	// Most of the time goes into the work: a short queue (a second at most), then a hand-over that is shorter still.
	const dispatchedMs = Math.min(1_000, latencyMs * 0.12);
	const startedMs = dispatchedMs * 1.25;
	const end = endsAt(run);
	const startedAt = Math.round(createdAt + startedMs);
	if (now >= end)
		return {
			status: endings[run.outcome].status,
			startedAt,
			completedAt: end,
			showsOutput: now >= end + (oddities.lateOutputMs ?? 0),
		};
	const unfinished = { completedAt: null, showsOutput: false };
	if (end === Number.POSITIVE_INFINITY || elapsedMs < dispatchedMs)
		return { status: "queued", startedAt: null, ...unfinished };
	if (oddities.unknownStatus)
		return { status: "warming_up", startedAt: null, ...unfinished };
	if (elapsedMs < startedMs)
		return { status: "dispatching", startedAt: null, ...unfinished };
	return { status: "running", startedAt, ...unfinished };
}
