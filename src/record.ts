import path from "node:path";
import type * as z from "zod/mini";
import type { Failure } from "./errors.ts";
import type { imageAsked, recordSchemas } from "./record-schema.ts";

/** What is told of one image. */
export type ImageRecord =
	| SavedRecord
	| SkippedRecord
	| UnfinishedRecord
	| FailedRecord
	| PlannedRecord;

export type SavedRecord = RecordOf<"saved">;
export type SkippedRecord = RecordOf<"skipped">;
export type UnfinishedRecord = RecordOf<"unfinished">;
export type FailedRecord = RecordOf<"failed">;
export type PlannedRecord = RecordOf<"planned">;
export type ErrorRecord = RecordOf<"error">;
export type ErrorInfo = ErrorRecord["error"];

type RecordOf<Kind extends keyof typeof recordSchemas> = z.infer<
	(typeof recordSchemas)[Kind]
>;

/** What every record of an image says, a plan's but for `client_ref`. */
export type ImageAsked = Pick<FailedRecord, keyof typeof imageAsked>;

/** Of a run that was bought elsewhere: the service does not name models as we do. */
export const unknownModel = "unknown/unknown";

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
		...(failure.rows && { rows: failure.rows }),
	};
}

export function errorRecord(failure: Failure): ErrorRecord {
	return {
		version: 1,
		status: "error",
		charged: failure.charged ?? "no",
		error: errorInfo(failure),
		...(failure.next && { next: failure.next }),
	};
}

/** Reasons of the machine, the account, the service or the command that keep an image from being ordered. */
const othersReasons = [
	...["interrupted", "disk", "auth", "no_credit", "over_budget", "timeout"],
	...["network", "unavailable", "rate_limited"],
	// Of an image that has no run: so many others failed.
	"run_failed",
];

/**
 * Nothing was ordered, for a reason that is not the image's own: the same command buys it later.
 * @param told a record, or a row of a report, with the code of its error
 */
export function isNotBought(told: Readonly<Record<string, unknown>>): boolean {
	const { status, run_id, charged, code } = told;
	return (
		status === "failed" &&
		!run_id &&
		charged === "no" &&
		othersReasons.includes(String(code))
	);
}

/** With the absolute path of its file: a program that reads it later may be in another folder. */
export function withPath<R extends ImageRecord | ErrorRecord>(
	record: R,
	world: { readonly cwd: string },
): R {
	if (!("file" in record) || record.file === "-") return record;
	return { ...record, path: path.resolve(world.cwd, record.file) };
}
