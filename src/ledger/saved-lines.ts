import { inspectImage } from "../images/inspect.ts";
import type { ImageRecord, SkippedRecord } from "../record.ts";
import { paidUsd } from "./bill.ts";
import type { LedgerLine } from "./ledger.ts";

/** The records of images that an earlier command bought: there already, where their files still are what was booked. @param show a path as a user would write it */
export function recordsOf(
	lines: readonly LedgerLine[],
	show: (path: string) => string,
): Promise<readonly ImageRecord[]> {
	return Promise.all(
		lines.map(
			async (line) => (await skippedRecord(line, show)) ?? toldAgain(line),
		),
	);
}

/** The record of an image that is on disk already. */
async function skippedRecord(
	line: LedgerLine,
	show: (path: string) => string,
): Promise<SkippedRecord | undefined> {
	const { record, path } = line;
	if (record.status !== "saved" || path === null) return undefined;
	const facts = await inspectImage(path).catch(() => undefined);
	if (facts?.sha256 !== record.sha256) return undefined;
	const { submitted_at, run_ms, total_ms, ...same } = record;
	return {
		...same,
		status: "skipped",
		file: show(path),
		charged: "no",
		cost_usd: 0,
		paid_usd: paidUsd(record),
	};
}

/** What was booked, and was not bought by this command. */
function toldAgain({ record }: LedgerLine): ImageRecord {
	if (record.status !== "saved") return { ...record, charged: "no" };
	return { ...record, charged: "no", cost_usd: 0, paid_usd: paidUsd(record) };
}
