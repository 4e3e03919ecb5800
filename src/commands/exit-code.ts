import { exitCodes } from "../errors.ts";
import type { ImageRecord } from "../record.ts";

/**
 * The exit code of a command from its images: 0 where all are there, 3 where some are, and where
 * none is, the code of the one reason that all share, or 1.
 */
export function exitCodeOf(all: readonly (ImageRecord | undefined)[]): number {
	const records = all.filter((record) => record !== undefined);
	const missing = records.filter(({ status }) => !isDone(status));
	if (missing.length === 0) return 0;
	if (missing.length < records.length) return 3;
	const codes = new Set(missing.map(codeOf));
	const [only = 1] = codes;
	return codes.size === 1 ? only : 1;
}

function isDone(status: ImageRecord["status"]): boolean {
	return ["saved", "skipped", "submitted", "planned"].includes(status);
}

function codeOf(record: ImageRecord): number {
	return "error" in record && record.error ? exitCodes[record.error.code] : 1;
}
