import { Failure } from "../errors.ts";
import type { Run } from "../runflow/schemas.ts";
import type { Waiting } from "./look.ts";

/** Somebody's wait for the end of a run. */
export interface Wait extends Waiting {
	readonly resolve: (run: Run) => void;
	readonly reject: (reason: unknown) => void;
	/** Since when it is waited for, by `Clock.elapsed`. */
	readonly sinceMs: number;
	/** Its callback is of no interest any more. */
	forget: () => void;
	/** Listings that left the run out, or let it go on although it was told to have failed. */
	missed: number;
	/** A failure that was told without its reason. */
	told?: { readonly run: Run; readonly atMs: number };
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

	function settle(wait: Wait, run: Run): void {
		remove(wait);
		wait.resolve(run);
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
		settle,
		dropLate() {
			for (const wait of waits.values()) {
				const { clock, deadlineMs } = wait.context;
				if (clock.elapsed() < deadlineMs) continue;
				if (wait.told) {
					settle(wait, wait.told.run);
					continue;
				}
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
