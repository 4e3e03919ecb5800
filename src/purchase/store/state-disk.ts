import { Failure, systemCode } from "../../errors.ts";

/** Does something in a state folder. @throws {Failure} `disk` in the user's terms */
export async function inState<T>(
	folder: string,
	action: () => Promise<T>,
): Promise<T> {
	try {
		return await action();
	} catch (error) {
		const code = systemCode(error);
		if (code === undefined || error instanceof Failure) throw error;
		throw new Failure(
			"disk",
			`the state folder ${folder} cannot be used (${code})`,
			{
				hint: "free some space or mend its permissions; FLUX_ULTRA_STATE_DIR names another folder",
				cause: error,
			},
		);
	}
}
