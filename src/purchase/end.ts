import { type ErrorCode, Failure } from "../errors.ts";
import { isModeration } from "../runflow/remedies.ts";
import type { Run } from "../runflow/schemas.ts";

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
