import { Failure } from "../../errors.ts";
import type { Run } from "../../runflow/schemas.ts";
import type { Waiting } from "./poll-listing.ts";

/** Somebody's wait for the end of a run. */
export interface Wait extends Waiting {
	readonly resolve: (run: Run) => void;
	readonly reject: (reason: unknown) => void;
	/** Its callback is of no interest any more. */
	forget: () => void;
	/** Listings that left the run out. */
	missed: number;
	/** How often it was read by itself, as a callback said that it has ended, and had not ended by that. */
	hintedReads: number;
}

/** The waits that have not ended. */
export interface Waits {
	all(): readonly Wait[];
	first(): Wait | undefined;
	add(wait: Wait): void;
	has(wait: Wait): boolean;
	/** Takes it out, without an end. */
	remove(wait: Wait): void;
	/** Takes all out, without an end. */
	removeAll(): readonly Wait[];
	/** Ends it with its run. */
	settle(wait: Wait, run: Run): void;
	/** Leaves what stays beyond its time to a later command. */
	dropLate(): void;
}

export function createWaits(): Waits {
	const waits = new Map<string, Wait>();

	function remove(wait: Wait): void {
		waits.delete(wait.runId);
		wait.forget();
	}

	return {
		all: () => [...waits.values()],
		first: () => waits.values().next().value,
		add: (wait) => void waits.set(wait.runId, wait),
		has: (wait) => waits.get(wait.runId) === wait,
		remove,
		removeAll() {
			const all = [...waits.values()];
			all.forEach(remove);
			return all;
		},
		settle(wait, run) {
			remove(wait);
			wait.resolve(run);
		},
		dropLate() {
			for (const wait of waits.values()) {
				const { clock, deadlineMs } = wait.context;
				if (clock.elapsed() < deadlineMs) continue;
				remove(wait);
				wait.reject(stillGoingOn(wait));
			}
		},
	};
}

function stillGoingOn({ runId, context }: Wait): Failure {
	return new Failure("timeout", `run ${runId} is still going on`, {
		hint: `it is paid and nothing is lost: ${context.resumeCommand}`,
		retryable: true,
		charged: "yes",
	});
}
