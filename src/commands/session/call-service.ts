import { Failure } from "../../errors.ts";
import {
	problemToFailure,
	ServiceProblem,
	wireErrorToFailure,
} from "../../runflow/problem.ts";
import { WireError } from "../../runflow/wire-error.ts";

/** One question to the service, its errors in the user's terms. @throws {Failure} */
export async function callService<T>(question: () => Promise<T>): Promise<T> {
	try {
		return await question();
	} catch (error) {
		if (error instanceof ServiceProblem) throw problemToFailure(error);
		if (error instanceof WireError) throw wireErrorToFailure(error);
		throw error;
	}
}

/** The same about a run that the user named. @throws {Failure} `usage` for one that the service does not know */
export async function askAboutRun<T>(
	id: string,
	question: () => Promise<T>,
): Promise<T> {
	return callService(question).catch((failure: Failure) => {
		const { cause, httpStatus, requestId } = failure;
		const isUnknown =
			cause instanceof ServiceProblem &&
			cause.fromService &&
			httpStatus === 404;
		if (!isUnknown) throw failure;
		const hint =
			"check its id, and that the key is of the account that bought it: flux-ultra auth status";
		throw new Failure("usage", `the service knows no run ${id}`, {
			...{ hint, httpStatus, requestId, cause },
		});
	});
}
