import { Failure, toFailure } from "../errors.ts";
import type { RunflowClient } from "../runflow/client.ts";
import { problemToFailure, ServiceProblem } from "../runflow/problem.ts";

/**
 * A client that sends no order any more once a batch is stopped, not even one that waits for its next
 * try, and that stops the batch at the first order that is refused for a reason of all of them.
 * @param putAside called before each order is sent; where it throws, the order is not sent
 */
export function createStoppingClient(
	client: RunflowClient,
	stop: AbortController,
	putAside: () => void,
): RunflowClient {
	return {
		...client,
		async createRun(order, signal) {
			try {
				stop.signal.throwIfAborted();
				putAside();
			} catch (reason) {
				throw unsent(toFailure(reason));
			}
			try {
				return await client.createRun(order, signal);
			} catch (error) {
				if (isForAll(error)) stop.abort(problemToFailure(error));
				throw error;
			}
		},
	};
}

/** A refused key, an empty account, an unknown model: the next order would hear the same. */
function isForAll(error: unknown): error is ServiceProblem {
	if (!(error instanceof ServiceProblem) || !error.fromService) return false;
	const { code } = problemToFailure(error);
	return code === "auth" || code === "no_credit" || error.status === 404;
}

function unsent({ code, message, hint }: Failure): Failure {
	return new Failure(code, message, { hint, charged: "no" });
}
