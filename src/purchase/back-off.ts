import { Failure } from "../errors.ts";
import { retryDelayMs } from "../runflow/retry.ts";
import { service } from "../runflow/service.ts";
import type { JobContext } from "./context.ts";
import { isAway } from "./outcome.ts";

/** A try of an order that went wrong, and bought nothing. */
export interface Trouble {
	readonly failure: Failure;
	readonly retryAfterMs?: number | undefined;
	/** Whether another try may go better. */
	readonly isPassing?: boolean;
}

/**
 * For one order, as it counts the tries: waits before the next one.
 * @throws {Failure} with `charged: "no"` where there is none
 */
export function createBackOff(
	context: JobContext,
): (trouble: Trouble) => Promise<void> {
	const { clock, random, deadlineMs, emit } = context;
	let tries = 0;
	let triesWhileAway = 0;
	return async ({ failure, retryAfterMs, isPassing = true }) => {
		if (failure.code === "rate_limited") context.runLimiter?.decrease();
		const waits = context.isUnattended && isAway(failure);
		if (waits) triesWhileAway += 1;
		else tries += 1;
		const delayMs = retryDelayMs(
			waits ? triesWhileAway : tries,
			random(),
			retryAfterMs,
		);
		const isLast =
			!isPassing ||
			tries >= service.retry.attempts ||
			clock.elapsed() + delayMs > deadlineMs;
		if (isLast) {
			const final = withoutCharge(failure);
			// Who is told to come that late is told so of every order.
			if (retryAfterMs && clock.elapsed() + retryAfterMs > deadlineMs)
				context.halt(final);
			throw final;
		}
		emit({
			type: "note",
			text: `${failure.message}; trying again in ${Math.ceil(delayMs / 1000)} s`,
		});
		await context.admission.pause(delayMs, context);
	};
}

export function withoutCharge(failure: Failure): Failure {
	const { code, message, cause } = failure;
	return new Failure(code, message, { ...failure, cause, charged: "no" });
}
