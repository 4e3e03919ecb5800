import type { LedgerLine } from "../../src/ledger/ledger.ts";
import type { SavedRecord } from "../../src/record.ts";

function savedRecord(record: Partial<SavedRecord> = {}): SavedRecord {
	return {
		version: 1,
		prompt: "a garden",
		seed: 42,
		model: "black-forest-labs/flux-1-1-pro-ultra",
		client_ref: "ref-1",
		index: 1,
		sandbox: false,
		file: "garden.jpg",
		bytes: 5_000,
		width: 640,
		height: 480,
		format: "jpeg",
		sha256: "0".repeat(64),
		status: "saved",
		run_id: "run-1",
		charged: "yes",
		cost_usd: 0.06,
		paid_usd: record.cost_usd === undefined ? 0.06 : record.cost_usd,
		submitted_at: "2026-11-03T12:00:00.000Z",
		run_ms: 9_000,
		total_ms: 10_000,
		...record,
	};
}

export function ledgerLine(
	line: Partial<LedgerLine> = {},
	record: Partial<SavedRecord> = {},
): LedgerLine {
	return {
		record: savedRecord(record),
		key: "key-1",
		group: "group-1",
		service: "https://api.test",
		path: "/images/garden.jpg",
		finishedAt: "2026-11-03T12:00:10.000Z",
		...line,
	};
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
	const found: T[] = [];
	for await (const item of items) found.push(item);
	return found;
}
