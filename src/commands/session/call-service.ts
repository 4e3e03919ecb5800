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
