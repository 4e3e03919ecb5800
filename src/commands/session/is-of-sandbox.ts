import type { Job } from "../../purchase/job.ts";
import { sandboxKey } from "../../sandbox/api-key.ts";
import { accountOf } from "../../settings/key.ts";

/** Whether an order went to a sandbox, built in or at an address: that is known before its run was ever read. */
export function isOfSandbox({
	service,
	account,
}: Pick<Job, "service" | "account">): boolean {
	return service === "sandbox" || account === accountOf(sandboxKey);
}
