import { describe, expect, test } from "vitest";
import { Failure } from "../../src/errors.ts";
import { judgeEnd } from "../../src/purchase/outcome.ts";
import type { Run } from "../../src/runflow/schemas.ts";
import { makeRun } from "./fake-client.ts";

test("a run that succeeded is passed", () => {
	judgeEnd(makeRun({ state: "succeeded" }));
});

describe("a run that did not", () => {
	const again = "failed runs are not charged: run the same command again";
	const prompt = "change the prompt; refused runs are not charged";
	const anew = "run the same command again to buy it anew";
	const cases: [Partial<Run>, string, string, string, boolean][] = [
		[
			{ state: "failed" },
			"run_failed",
			"run run-1 failed: the service gives no reason",
			again,
			true,
		],
		[
			{ state: "failed", failure: { code: "OOM", message: "out of memory" } },
			"run_failed",
			"run run-1 failed: OOM: out of memory",
			again,
			true,
		],
		[
			{ state: "failed", failure: { message: "flagged by our safety filter" } },
			"moderated",
			"run run-1 was refused by moderation: flagged by our safety filter",
			prompt,
			false,
		],
		[
			{ state: "failed", failure: { code: "NSFW_CONTENT" } },
			"moderated",
			"run run-1 was refused by moderation: NSFW_CONTENT",
			prompt,
			false,
		],
		[
			{ state: "failed", failure: { message: "safety_tolerance is 9" } },
			"run_failed",
			"run run-1 failed: safety_tolerance is 9",
			again,
			true,
		],
		[
			{ state: "failed", nsfwDetected: true },
			"moderated",
			"run run-1 was refused by moderation: the service gives no reason",
			prompt,
			false,
		],
		[
			{ state: "canceled", failure: { message: "moderated" } },
			"canceled",
			"run run-1 was canceled: moderated",
			anew,
			false,
		],
	];

	test.each(cases)("%j is %s", (run, code, message, hint, retryable) => {
		try {
			judgeEnd(makeRun({ ...run, requestId: "req-1" }));
			expect.fail("passed");
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			expect({ ...error, message: error.message }).toEqual({
				name: "Failure",
				code,
				message,
				hint,
				retryable,
				requestId: "req-1",
				httpStatus: undefined,
				charged: undefined,
			});
		}
	});
});
