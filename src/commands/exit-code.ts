import { type ErrorCode, exitCodes } from "../errors.ts";
import { type ImageRecord, isNotBought } from "../record.ts";

interface Ended {
	readonly status: ImageRecord["status"];
	readonly error?: { readonly code: ErrorCode };
	readonly run_id?: string | null;
	readonly charged?: string;
}

/** The exit code of a command from its images, as they end: memory does not grow with them. */
export function createExitCodeTally() {
	const codes = new Set<number>();
	let isSomeDone = false;
	let isSomePending = false;
	let hasSomeFailed = false;
	return {
		add(record: Ended): void {
			const { status, error } = record;
			if (done.includes(status)) {
				isSomeDone = true;
				return;
			}
			codes.add(error ? exitCodes[error.code] : 1);
			if (status === "pending") isSomePending = true;
			else hasSomeFailed ||= !isNotBought({ ...record, code: error?.code });
		},
		/**
		 * 0 where all are there, 3 where some are, and where none is, the code of the one reason that all share, that of
		 * pending ones where nothing failed beside them, or 1.
		 */
		code(): number {
			if (codes.size === 0) return 0;
			if (isSomeDone) return 3;
			const [only = 1] = codes;
			if (codes.size === 1) return only;
			return isSomePending && !hasSomeFailed ? exitCodes.timeout : 1;
		},
	};
}

const done: readonly ImageRecord["status"][] = [
	...(["saved", "skipped", "submitted", "planned"] as const),
];
