import type { RunflowClient } from "../../runflow/client.ts";
import type { Run } from "../../runflow/schemas.ts";
import { service } from "../../runflow/service.ts";
import { startLimit } from "../../runflow/time-limit.ts";
import { WireError } from "../../runflow/wire-error.ts";
import type { Wait } from "./wait.ts";

/** What a question needs to know of a run that is waited for. */
interface Asked {
	readonly id: string;
	/** What it was sent with. */
	readonly clientRef: string;
	/** False for a run that a listing is not sure to show. */
	readonly isListed: boolean;
}

/** One request that says how far some runs are. */
export interface Question<W extends Asked> {
	readonly waits: readonly [W, ...W[]];
	readonly isListing: boolean;
	/** @throws {ServiceProblem} @throws {WireError} */
	ask(client: RunflowClient, signal: AbortSignal): Promise<readonly Run[]>;
}

/** A batch of ours has one reference for hundreds of runs; more than a few come from elsewhere. */
const mostRefs = 4;

/**
 * The fewest requests for all of these runs: a listing for those that share a `client_ref`, or of the account's newest runs where
 * references are many; a run that shares none is read by itself.
 */
export function questionsOf<W extends Asked>(
	waits: readonly W[],
): readonly Question<W>[] {
	const groups = new Map<string, [W, ...W[]]>();
	const alone: W[] = [];
	const refs = new Set(
		waits.flatMap(({ isListed, clientRef }) => (isListed ? [clientRef] : [])),
	);
	for (const wait of waits) {
		const key = refs.size > mostRefs ? "" : wait.clientRef;
		const group = groups.get(key);
		if (!wait.isListed) alone.push(wait);
		else if (group) group.push(wait);
		else groups.set(key, [wait]);
	}
	return [
		...[...groups].map(([ref, group]) =>
			group.length > 1 ? listing(group, ref) : reading(group[0]),
		),
		...alone.map(reading),
	];
}

/** @throws {ServiceProblem} @throws {WireError} also where the first deadline passes without an answer */
export async function askInTime({
	waits,
	ask,
}: Question<Wait>): Promise<readonly Run[]> {
	const [first] = waits;
	const { client, clock, signal } = first.context;
	const deadlineMs = Math.min(
		...waits.map(({ context }) => context.deadlineMs),
	);
	const limit = startLimit(
		signal,
		Math.max(deadlineMs - clock.elapsed(), 0) + service.overdueMs,
		() =>
			new WireError("no answer before the end of the wait", true, undefined),
	);
	try {
		return await ask(client, limit.signal);
	} finally {
		limit.end();
	}
}

function reading<W extends Asked>(wait: W): Question<W> {
	return {
		waits: [wait],
		isListing: false,
		ask: async (client, signal) => [await client.readRun(wait.id, signal)],
	};
}

/** @param ref of all of them; empty: each has its own */
function listing<W extends Asked>(
	waits: readonly [W, ...W[]],
	ref: string,
): Question<W> {
	// Newest first, twice as many as are under way: those that just ended are still on it.
	const page = Math.min(Math.max(waits.length * 2, 100), 500);
	return {
		waits,
		isListing: true,
		ask: (client, signal) =>
			ref === ""
				? client.listRuns(page, signal)
				: client.listGroup(ref, page, signal),
	};
}
