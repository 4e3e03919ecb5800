import type { LedgerLine } from "../../src/ledger/ledger.ts";
import type { SavedRecord } from "../../src/record.ts";
import { savedRecord } from "../records.ts";

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
