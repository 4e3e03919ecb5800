import { Failure } from "../errors.ts";
import {
	problemToFailure,
	ServiceProblem,
	wireErrorToFailure,
} from "../runflow/problem.ts";
import { retryDelayMs } from "../runflow/retry.ts";
import { service } from "../runflow/service.ts";
import { WireError } from "../runflow/wire-error.ts";
import type { Clock } from "../runtime.ts";

/** What came of one try. */
export type Outcome<T> = { readonly value: T } | Trouble;

export interface Trouble {
	readonly failure: Failure;
	/** Whether another try may go better. */
	readonly mayPass: boolean;
	readonly retryAfterMs?: number | undefined;
}

/**
 * Takes a step that costs nothing again and again, by the vendor's rule, until it succeeds.
 * @param complaint begins the message of a failure: "photo.png was not uploaded"
 * @throws {Failure} with `charged: "no"`, at the last try or where no other can help
 */
export async function persist<T>(
	step: () => Promise<Outcome<T>>,
	complaint: string,
	world: {
		readonly clock: Clock;
		readonly random: () => number;
		readonly note: (text: string) => void;
	},
	signal: AbortSignal,
): Promise<T> {
	for (let attempt = 1; ; attempt += 1) {
		signal.throwIfAborted();
		const outcome = await step();
		if ("value" in outcome) return outcome.value;
		const { failure, mayPass, retryAfterMs } = outcome;
		if (!mayPass || attempt >= service.retry.attempts)
			throw new Failure(failure.code, `${complaint}: ${failure.message}`, {
				hint: hintFor(failure),
				retryable: failure.retryable,
				httpStatus: failure.httpStatus,
				requestId: failure.requestId,
				charged: "no",
				cause: failure.cause,
			});
		const delayMs = retryDelayMs(attempt, world.random(), retryAfterMs);
		const seconds = Math.ceil(delayMs / 1000);
		world.note(`${failure.message}; trying again in ${seconds} s`);
		await world.clock.sleep(delayMs, signal);
	}
}

function hintFor({ hint, httpStatus }: Failure): string {
	// What is said of a 404 elsewhere is about models and runs.
	const said = httpStatus === 404 ? undefined : hint;
	return said ?? "give the https address of the image instead";
}

/** A request as an outcome; what nobody foresaw, an interrupt too, is thrown on. */
export async function outcomeOf<T>(
	request: () => Promise<T>,
): Promise<Outcome<T>> {
	try {
		return { value: await request() };
	} catch (error) {
		if (error instanceof WireError)
			return {
				failure: wireErrorToFailure(error),
				mayPass: error.mayPass,
			};
		if (!(error instanceof ServiceProblem)) throw error;
		return {
			failure: problemToFailure(error),
			mayPass: mayPass(error.status),
			retryAfterMs: error.retryAfterMs,
		};
	}
}

/** Whether the same request may be answered otherwise later. A 2xx here is one that could not be read. */
export function mayPass(status: number): boolean {
	return status < 300 || status === 408 || status === 429 || status >= 500;
}
