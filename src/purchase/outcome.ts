import {
	type Charged,
	type ErrorCode,
	Failure,
	systemCode,
} from "../errors.ts";
import { billOf } from "../ledger/bill.ts";
import { isModeration } from "../runflow/remedies.ts";
import type { Run } from "../runflow/schemas.ts";
import { WireError } from "../runflow/wire-error.ts";
import { deadDiskCodes } from "../system/disk-failure.ts";
import { type Job, runOf } from "./job.ts";

/**
 * Passes a run that ended well.
 * @throws {Failure} `moderated`, `canceled` or `run_failed` for one that did not
 */
export function judgeEnd(run: Run): void {
	if (run.state === "succeeded") return;
	const code = codeOf(run);
	const said = [run.failure.code, run.failure.message].filter(Boolean);
	const reason =
		said.length > 0 ? said.join(": ") : "the service gives no reason";
	const ends: Readonly<Record<string, string>> = {
		moderated: "was refused by moderation",
		canceled: "was canceled",
		run_failed: "failed",
	};
	throw new Failure(code, `run ${run.id} ${ends[code]}: ${reason}`, {
		hint: hints[code],
		retryable: code === "run_failed",
		requestId: run.requestId,
	});
}

const hints: Partial<Record<ErrorCode, string>> = {
	moderated: "change the prompt; refused runs are not charged",
	canceled: "run the same command again to buy it anew",
	run_failed: "failed runs are not charged: run the same command again",
};

function codeOf(run: Run): ErrorCode {
	if (run.state === "canceled") return "canceled";
	const { code, message } = run.failure;
	return run.nsfwDetected || isModeration(code, message)
		? "moderated"
		: "run_failed";
}

/** Whether what stopped one image would stop all others that are still to be bought: a refused key, an empty account, a full disk, a service out of reach. */
export function stopsBatch(failure: Failure): boolean {
	const { code, charged, httpStatus, cause } = failure;
	switch (code) {
		case "auth":
		case "no_credit":
			return true;
		case "disk":
			return deadDiskCodes.includes(systemCode(cause) ?? "");
		case "unavailable":
			// Through all tries.
			return charged === "no";
		case "network":
			return charged === "no" && isAway(failure);
		case "bad_response":
			// The model itself is unknown.
			return charged === "no" && httpStatus === 404;
		default:
			return false;
	}
}

/** Nothing was reached. What may have arrived can have been cut off for its own words, by what inspects the traffic. */
export function isAway({ code, cause }: Failure): boolean {
	return (
		code === "network" && cause instanceof WireError && !cause.mayHaveArrived
	);
}

/** The run itself said how it ended; asking again changes nothing. */
export function isFinal({ code, charged }: Failure): boolean {
	return (
		code === "run_failed" ||
		code === "canceled" ||
		code === "moderated" ||
		// A run of several images that brought fewer.
		(code === "no_output" && charged === "no")
	);
}

/**
 * The service does not know a run that brought the image once: it is another account's, or too old. That is for the user to
 * decide on; no job need stay for it.
 */
export function isOutOfReach(
	{ code, httpStatus }: Failure,
	{ isRefetch }: Job,
): boolean {
	const isUnknown = code === "bad_response" || code === "unknown_charge";
	return isRefetch === true && isUnknown && httpStatus === 404;
}

/** The run may still bring the image: this command only stopped waiting for it. */
export function isWaiting({ code }: Failure): boolean {
	const codes = ["timeout", "unknown_charge", "interrupted", "auth", "network"];
	return [...codes, "rate_limited", "unavailable"].includes(code);
}

/** Where a run is known, only its own end can say that it cost nothing. */
export function chargedBy(
	failure: Failure,
	job: Job,
	ended: Run | undefined,
): Charged {
	switch (job.stage.name) {
		case "planned":
			return "no";
		case "sending":
			return failure.charged ?? "unknown";
		case "bought":
		case "placing":
			if (!ended || !isFinal(failure)) return "yes";
			if (failure.charged === "no") return "no";
			// Failed runs are not billed (vendor documentation), unless the run itself names a cost.
			return (billOf(ended) ?? 0) === 0 ? "no" : "yes";
		default:
			return job.stage satisfies never;
	}
}

/**
 * Never sent, and one of several: the same command buys it later. By its job that command knows that it was cut short,
 * and takes the others for what they are.
 */
export function isForLater(
	{ code }: Failure,
	{ stage, groupSize = 1 }: Job,
): boolean {
	const isAboutOthers = [
		...["interrupted", "auth", "no_credit", "over_budget", "network"],
		...["rate_limited", "unavailable", "disk"],
	].includes(code);
	return stage.name === "planned" && groupSize > 1 && isAboutOthers;
}

/** One of several whose run brought nothing: the same command, which is to bring all of them, orders it anew. */
export function isToOrderAnew({ code }: Failure, job: Job): boolean {
	const { groupSize = 1 } = job;
	const isWorthIt = code === "run_failed" || code === "canceled";
	return isWorthIt && groupSize > 1 && runOf(job) !== undefined;
}
