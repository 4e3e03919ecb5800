import {
	problemToFailure,
	ServiceProblem,
	wireErrorToFailure,
} from "../../runflow/problem.ts";
import type { Run } from "../../runflow/schemas.ts";
import { service } from "../../runflow/service.ts";
import { startLimit } from "../../runflow/time-limit.ts";
import { WireError } from "../../runflow/wire-error.ts";
import type { JobContext } from "../context.ts";

/** A run that is waited for. */
export interface Waiting {
	readonly runId: string;
	/** What it was sent with. */
	readonly clientRef: string;
	/** When it was made, by `Clock.elapsed`. */
	readonly submittedAtMs: number;
	readonly context: JobContext;
}

/** What one listing said of the runs that it was made for, or why it said nothing. */
export interface Look<W extends Waiting> {
	readonly mine: readonly W[];
	readonly runs?: readonly Run[];
	readonly error?: unknown;
}

const smallestPage = 100;
const largestPage = 500;
/** A batch of ours has one reference for hundreds of runs; more than a few come from elsewhere. */
const mostRefs = 4;

/** Looks at all of these runs: a listing for each `client_ref`, or where those are many one of the account's newest. */
export async function* pollListings<W extends Waiting>(
	waiting: readonly W[],
): AsyncGenerator<Look<W>> {
	const refs = new Set(waiting.map(({ clientRef }) => clientRef));
	// Runs of which each has its own reference are among the newest of the account.
	if (refs.size > mostRefs) {
		yield look(waiting, ({ client, signal }, page) =>
			client.listRuns(page, signal),
		);
		return;
	}
	for (const ref of refs) {
		const mine = waiting.filter(({ clientRef }) => clientRef === ref);
		yield look(mine, ({ client, signal }, page) =>
			client.listGroup(ref, page, signal),
		);
	}
}

async function look<W extends Waiting>(
	mine: readonly W[],
	list: (context: JobContext, page: number) => Promise<readonly Run[]>,
): Promise<Look<W>> {
	const [first] = mine;
	if (first === undefined) return { mine, runs: [] };
	const { clock, signal } = first.context;
	const deadlines = mine.map(({ context }) => context.deadlineMs);
	const limit = startLimit(
		signal,
		Math.max(Math.min(...deadlines) - clock.elapsed(), 0) + service.overdueMs,
		() =>
			new WireError("no answer before the end of the wait", true, undefined),
	);
	try {
		const context = { ...first.context, signal: limit.signal };
		return { mine, runs: await list(context, pageOf(mine)) };
	} catch (error) {
		return { mine, error };
	} finally {
		limit.end();
	}
}

/** Newest first, twice as many as are under way: those that just ended are still on it. */
function pageOf({ length }: readonly unknown[]): number {
	return Math.min(Math.max(length * 2, smallestPage), largestPage);
}

/**
 * What a listing that failed means.
 * @throws {Failure} `auth` where the key itself is refused, as no other way of asking helps then; whatever is no trouble of the service
 */
export function judgeTrouble(error: unknown): {
	readonly note: string;
	/** Runs can't be listed, now or later. */
	readonly isRefused: boolean;
} {
	if (error instanceof ServiceProblem) {
		if (error.fromService && error.status === 401)
			throw problemToFailure(error);
		if (error.fromService && refusals.includes(error.status))
			return {
				note: `runs can't be listed (${error.message}): each is asked for by itself`,
				isRefused: true,
			};
	} else if (!(error instanceof WireError)) throw error;
	else if (!error.mayPass) throw wireErrorToFailure(error);
	return {
		note: `${error.message}; the runs go on, still waiting`,
		isRefused: false,
	};
}

const refusals: readonly number[] = [400, 403, 404, 405, 422];
