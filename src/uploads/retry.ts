import { Failure } from "../errors.ts";
import {
	problemToFailure,
	ServiceProblem,
	wireErrorToFailure,
} from "../runflow/problem.ts";
import { retryDelayMs } from "../runflow/retry.ts";
import { service } from "../runflow/service.ts";
import { WireError } from "../runflow/wire-error.ts";
import type { UploadContext } from "./upload.ts";

/** A try that went wrong. */
export class Trouble extends Error {
	override readonly name = "Trouble";
	readonly failure: Failure;
	/** Whether another try may go better. */
	readonly isTransient: boolean;
	readonly retryAfterMs: number | undefined;

	constructor(failure: Failure, isTransient: boolean, retryAfterMs?: number) {
		super(failure.message);
		this.failure = failure;
		this.isTransient = isTransient;
		this.retryAfterMs = retryAfterMs;
	}
}

type Tries = Pick<UploadContext, "clock" | "random" | "note" | "signal">;

/**
 * Takes a step that costs nothing again and again, by the vendor's rule, until it succeeds. What it throws that is
 * neither `Trouble` nor of the wire nor of the service, an interrupt too, is thrown on.
 * @param complaint begins the message of a failure: "photo.png was not uploaded"
 * @throws {Failure} with `charged: "no"`, at the last try or where no other can help
 */
export async function retry<T>(
	step: () => Promise<T>,
	complaint: string,
	{ clock, random, note, signal }: Tries,
): Promise<T> {
	for (let attempt = 1; ; attempt += 1) {
		signal.throwIfAborted();
		try {
			return await step();
		} catch (error) {
			const { failure, isTransient, retryAfterMs } = troubleOf(error);
			if (!isTransient || attempt >= service.retry.attempts)
				throw new Failure(failure.code, `${complaint}: ${failure.message}`, {
					...failure,
					hint: hintFor(failure),
					charged: "no",
					cause: failure.cause,
				});
			const delayMs = retryDelayMs(attempt, random(), retryAfterMs);
			const seconds = Math.ceil(delayMs / 1000);
			note(`${failure.message}; trying again in ${seconds} s`);
			await clock.sleep(delayMs, signal);
		}
	}
}

function troubleOf(error: unknown): Trouble {
	if (error instanceof Trouble) return error;
	if (error instanceof WireError)
		return new Trouble(wireErrorToFailure(error), error.mayPass);
	if (error instanceof ServiceProblem)
		return new Trouble(
			problemToFailure(error),
			isTransient(error.status),
			error.retryAfterMs,
		);
	throw error;
}

/** Whether the same request may be answered otherwise later. A 2xx here is one that could not be read. */
export function isTransient(status: number): boolean {
	return status < 300 || status === 408 || status === 429 || status >= 500;
}

function hintFor({ hint, httpStatus }: Failure): string {
	// What is said of a 404 elsewhere is about models and runs.
	const said = httpStatus === 404 ? undefined : hint;
	return said ?? "give the https address of the image instead";
}
