import { expect, it } from "vitest";
import { createExitCodeTally } from "../../src/commands/exit-code.ts";
import type { ErrorCode } from "../../src/errors.ts";

const saved = { status: "saved" } as const;
const pending = ended("pending", "timeout", "run-1");
const notBought = ended("failed", "network", null);
const failed = ended("failed", "run_failed", "run-2");
const moderated = ended("failed", "moderated", null);

function ended(
	status: "pending" | "failed",
	code: ErrorCode,
	run_id: string | null,
) {
	const charged = status === "pending" ? "yes" : "no";
	return { status, run_id, charged, error: { code } };
}

it.each([
	["all are there", [saved, saved], 0],
	["some are there", [saved, pending, notBought], 3],
	["all have one reason", [notBought, notBought], 7],
	["some are pending, and the others were not bought", [notBought, pending], 8],
	["a run failed beside those", [notBought, pending, failed], 1],
	["one was refused for its own sake", [pending, moderated], 1],
	["some were not bought, for several reasons", [notBought, moderated], 1],
])("where %s", (_what, records, code) => {
	const exits = createExitCodeTally();
	for (const record of records) exits.add(record);
	expect(exits.code()).toBe(code);
});
