import { expect } from "vitest";
import { WireError } from "../../src/runflow/wire-error.ts";

/** What a request threw, as a WireError. */
export async function wireErrorOf(
	promise: Promise<unknown>,
): Promise<WireError> {
	const error = await promise.catch((thrown: unknown) => thrown);
	if (!(error instanceof WireError)) expect.fail(`not a WireError: ${error}`);
	return error;
}
