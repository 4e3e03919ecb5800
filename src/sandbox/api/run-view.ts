import type { ActiveFaults } from "../faults/injector.ts";
import { idOf } from "../state/ids.ts";
import { billedMicros, type Progress, progressAt } from "../state/progress.ts";
import type { RunRecord } from "../state/records.ts";

/** The fields of a run as the API shows it (names: vendor documentation). Its output has links, and is added by who makes them. */
export const runFields: Readonly<
	Record<string, (run: RunRecord, progress: Progress) => unknown>
> = {
	id: (run) => run.id,
	status_code: (_run, { status }) => status,
	model_id: (run) => idOf(run.model),
	input: (run) => run.input,
	output: () => null,
	cost: (run, { completedAt }) =>
		completedAt === null ? null : decimalUsd(billedMicros(run)),
	duration_ms: (_run, { startedAt, completedAt }) =>
		completedAt === null || startedAt === null ? null : completedAt - startedAt,
	client_ref: (run) => run.clientRef,
	metadata: (run) => run.metadata,
	request_id: (run) => run.requestId,
	jurisdiction_code: () => null,
	created_at: (run) => iso(run.createdAt),
	started_at: (_run, { startedAt }) => iso(startedAt),
	completed_at: (_run, { completedAt }) => iso(completedAt),
	nodes_total: () => 1,
	nodes_completed: (_run, { completedAt, failure }) =>
		completedAt === null || failure ? 0 : 1,
	has_logs: () => true,
	failure_code: (_run, { failure }) => failure?.code ?? null,
	failure_message: (_run, { failure }) => failure?.message ?? null,
	failure_stage_code: (_run, { failure }) => failure?.stage ?? null,
};

/** A run at a moment, with all of its fields or those that `isWanted`. */
export function runFacts(
	run: RunRecord,
	now: number,
	isWanted: (name: string) => boolean = () => true,
): Record<string, unknown> {
	const progress = progressAt(run, now);
	return Object.fromEntries(
		Object.entries(runFields)
			.filter(([name]) => isWanted(name))
			.map(([name, read]) => [name, read(run, progress)]),
	);
}

/** A run in the shape that the faults give it. */
export function shaped(
	view: Readonly<Record<string, unknown>>,
	faults: ActiveFaults,
): Record<string, unknown> {
	const told: Readonly<Record<string, unknown>> = {
		...view,
		...(faults.has("cost-number") && costAsNumber(view)),
		...(faults.has("offset-times") && withOffsets(view)),
		...failureElsewhere(view, faults),
	};
	const { id, status_code, output, ...rest } = told;
	const isSparse = faults.has("sparse");
	const showsOutput = isSparse ? Boolean(output) : "output" in view;
	return {
		...(faults.has("run-id") ? { run_id: id } : { id }),
		status_code: spelled(status_code, faults),
		...(showsOutput && { output }),
		...(!isSparse && rest),
	};
}

/** Some material writes one l, other two (vendor documentation, both). */
export function spelled(status: unknown, faults: ActiveFaults): unknown {
	const isOther = faults.has("double-l") && status === "canceled";
	return isOther ? "cancelled" : status;
}

function costAsNumber({ cost }: Readonly<Record<string, unknown>>) {
	return typeof cost === "string" ? { cost: Number(cost) } : {};
}

function withOffsets(view: Readonly<Record<string, unknown>>) {
	return Object.fromEntries(
		Object.entries(view)
			.filter(([name]) => name.endsWith("_at"))
			.map(([name, time]) => [name, offsetTime(time)]),
	);
}

/** A time as callbacks have it: with `+00:00` for `Z`. */
export function offsetTime(time: unknown): unknown {
	return typeof time === "string" ? time.replace(/Z$/, "+00:00") : time;
}

/** Why a run failed, in one of the other places where it was met. */
function failureElsewhere(
	{ failure_code: code, failure_message: message }: Record<string, unknown>,
	faults: ActiveFaults,
): Record<string, unknown> {
	const moved = faults.has("failure-reason")
		? { failure_reason: message }
		: faults.has("failure-error")
			? { error: { message } }
			: faults.has("failure-output")
				? { output: { code, message, errors: null } }
				: undefined;
	if (!code || !moved) return {};
	return {
		failure_code: null,
		failure_message: null,
		failure_stage_code: null,
		...moved,
	};
}

/** The service's way to write an amount: a decimal string with so many places at least (`0.060`; vendor documentation). */
export function decimalUsd(micros: number, leastPlaces = 3): string {
	const spare = new RegExp(`0{1,${6 - leastPlaces}}$`);
	return (micros / 1_000_000).toFixed(6).replace(spare, "");
}

export function iso(ms: number | null): string | null {
	return ms === null ? null : new Date(ms).toISOString();
}
