import type { Charged, ErrorCode, Failure } from "./errors.ts";

/**
 * What is told of one image, or of a command that ended before any (`--json`, the ledger).
 * The names are the public contract, version 1: names are added, never changed.
 */
export type ImageRecord =
	| SavedRecord
	| SkippedRecord
	| UnfinishedRecord
	| FailedRecord
	| PlannedRecord;

/** What every record of an image says. */
export interface ImageAsked {
	readonly version: 1;
	readonly prompt: string;
	/** Null where the model takes none. */
	readonly seed: number | null;
	/** `owner/slug`. */
	readonly model: string;
	/** What the model was given beside prompt and seed, where that is anything; addresses with `…` for their query, which may be a secret. */
	readonly inputs?: Readonly<Record<string, unknown>>;
	/** The files of this machine among them. */
	readonly input_files?: readonly {
		/** Absolute, as in `inputs`. */
		readonly file: string;
		readonly sha256: string;
	}[];
	readonly client_ref: string;
	/** From 1, in the order in which the images were asked for. */
	readonly index: number;
	/** Which image of its run it is, from 1; only where a run makes several. */
	readonly output?: number;
	/** In a batch: where the image's row starts in its file, from 1. */
	readonly line?: number;
	readonly sandbox: boolean;
}

interface ImageFile {
	/** Path as a user in this folder would write it; `-` for stdout. */
	readonly file: string;
	readonly bytes: number;
	readonly width: number;
	readonly height: number;
	readonly format: string;
	readonly sha256: string;
}

export interface SavedRecord extends ImageAsked, ImageFile {
	readonly status: "saved";
	readonly run_id: string;
	/** Whether this command bought it; `no` for what an earlier one bought and this one brought home. */
	readonly charged: "yes" | "no";
	/** What this command spent on it, as `paid_usd`; 0 for what an earlier one bought. */
	readonly cost_usd: number | null;
	/** What it cost when it was bought, by the service's word, or our price where it doesn't say; null where neither is known. */
	readonly paid_usd: number | null;
	/** The seed that the service says it used, where that is not the one that was asked for. */
	readonly seed_used?: number;
	/** The service found the picture indecent, and delivered it all the same. */
	readonly nsfw_detected?: true;
	/** The name that was asked for, where the image's own format gave it another. */
	readonly file_asked?: string;
	readonly submitted_at: string | null;
	/** Milliseconds of the run by the service's count. */
	readonly run_ms: number | null;
	/** Milliseconds from the start of this command's work on the image. */
	readonly total_ms: number;
}

/** Already on disk: nothing was spent by this command. */
export interface SkippedRecord extends ImageAsked, ImageFile {
	readonly status: "skipped";
	readonly run_id: string;
	readonly charged: "no";
	readonly cost_usd: 0;
	/** What it cost when it was bought; null where that is not known. */
	readonly paid_usd: number | null;
}

/** Money in an image that is not on disk; nothing where none is in it, or nobody knows. */
interface Spent {
	/** What this command spent on it; 0 for what an earlier one bought. */
	readonly cost_usd?: number | null;
	/** By the service's bill, or our price before there is one; null where neither is known. */
	readonly paid_usd?: number | null;
}

/** Left for later: `submitted` on purpose, `pending` for the reason in `error`. */
export interface UnfinishedRecord extends ImageAsked, Spent {
	readonly status: "submitted" | "pending";
	readonly run_id: string | null;
	readonly charged: Charged;
	readonly submitted_at: string | null;
	readonly error?: ErrorInfo;
}

export interface FailedRecord extends ImageAsked, Spent {
	readonly status: "failed";
	readonly run_id: string | null;
	readonly charged: Charged;
	readonly error: ErrorInfo;
}

export interface PlannedRecord extends Omit<ImageAsked, "client_ref"> {
	readonly status: "planned";
	readonly file: string;
	/** Nobody asked for the seed: the command makes another one, for the file's name too. */
	readonly seed_is_fresh?: true;
	readonly charged: "no";
	/** The estimate; null where the price is not known. */
	readonly cost_usd: number | null;
	/** The inputs leave the price open, or nobody has told it: the service's bill settles it. */
	readonly cost_is_estimate?: true;
}

/** The only record of a command that ended before any image. */
export interface ErrorRecord {
	readonly version: 1;
	readonly status: "error";
	readonly charged: Charged;
	readonly error: ErrorInfo;
}

export interface ErrorInfo {
	readonly code: ErrorCode;
	readonly message: string;
	readonly hint: string | null;
	readonly retryable: boolean;
	readonly http_status: number | null;
	readonly request_id: string | null;
}

/** Names an image for good, whatever file it is in: the images of one run share their `client_ref`. */
export function imageRef({
	client_ref,
	output,
}: Pick<ImageAsked, "client_ref" | "output">): string {
	return output === undefined ? client_ref : `${client_ref}#${output}`;
}

export function errorInfo(failure: Failure): ErrorInfo {
	return {
		code: failure.code,
		message: failure.message,
		hint: failure.hint ?? null,
		retryable: failure.retryable,
		http_status: failure.httpStatus ?? null,
		request_id: failure.requestId ?? null,
	};
}

export function errorRecord(failure: Failure): ErrorRecord {
	return {
		version: 1,
		status: "error",
		charged: failure.charged ?? "no",
		error: errorInfo(failure),
	};
}
