import { Failure, systemCode } from "../../errors.ts";
import { systemReason } from "../../system/disk-failure.ts";

/** Does something in a state folder. @throws {Failure} `disk` in the user's terms */
export async function inState<T>(
	folder: string,
	action: () => Promise<T>,
): Promise<T> {
	try {
		return await action();
	} catch (error) {
		if (systemCode(error) === undefined || error instanceof Failure)
			throw error;
		throw new Failure(
			"disk",
			`the state folder ${folder} cannot be used: ${systemReason(error, { ENOENT: "a part of it is missing" })}`,
			{
				hint: "it must be a folder that you may write to, on a disk with space; FLUX_ULTRA_STATE_DIR names another",
				cause: error,
			},
		);
	}
}
