import { type ErrorCode, exitCodes } from "../errors.ts";
import type { ImageRecord } from "../record.ts";

interface Ended {
	readonly status: ImageRecord["status"];
	readonly error?: { readonly code: ErrorCode };
}

/** The exit code of a command from its images, as they end: memory does not grow with them. */
export function createExitCodeTally() {
	const codes = new Set<number>();
	let isSomeDone = false;
	return {
		add(record: Ended): void {
			if (isDone(record.status)) isSomeDone = true;
			else codes.add(codeOf(record));
		},
		/** 0 where all are there, 3 where some are, and where none is, the code of the one reason that all share, or 1. */
		code(): number {
			if (codes.size === 0) return 0;
			if (isSomeDone) return 3;
			const [only = 1] = codes;
			return codes.size === 1 ? only : 1;
		},
	};
}

function isDone(status: ImageRecord["status"]): boolean {
	return ["saved", "skipped", "submitted", "planned"].includes(status);
}

function codeOf({ error }: Ended): number {
	return error ? exitCodes[error.code] : 1;
}
