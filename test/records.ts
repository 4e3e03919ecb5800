import { Failure } from "../src/errors.ts";
import {
	errorInfo,
	type FailedRecord,
	type SavedRecord,
	type SkippedRecord,
} from "../src/record.ts";

/** What every record of the image says. */
export const asked = {
	version: 1,
	prompt: "a garden",
	seed: 42,
	model: "black-forest-labs/flux-1-1-pro-ultra",
	client_ref: "ref-1",
	index: 1,
	sandbox: false,
} as const;

export function savedRecord(record: Partial<SavedRecord> = {}): SavedRecord {
	return {
		...asked,
		status: "saved",
		run_id: "run-1",
		file: "garden.jpg",
		bytes: 5_000,
		width: 640,
		height: 480,
		format: "jpeg",
		sha256: "0".repeat(64),
		charged: "yes",
		cost_usd: 0.06,
		paid_usd: record.cost_usd === undefined ? 0.06 : record.cost_usd,
		submitted_at: "2026-11-03T12:00:00.000Z",
		run_ms: 9_000,
		total_ms: 10_000,
		...record,
	};
}

/** The same image, there already. */
export function skippedRecord(
	record: Partial<SavedRecord> = {},
): SkippedRecord {
	const { submitted_at, run_ms, total_ms, ...rest } = savedRecord(record);
	return { ...rest, status: "skipped", charged: "no", cost_usd: 0 };
}

export function failedRecord(
	record: Partial<FailedRecord> = {},
	failure = new Failure("run_failed", "run r failed", { hint: "try again" }),
): FailedRecord {
	const error = errorInfo(failure);
	const run = { status: "failed", run_id: "run-1", charged: "no" } as const;
	return { ...asked, ...run, error, ...record };
}
