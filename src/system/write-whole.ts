import type { Failure } from "../errors.ts";
import { openSideOutput } from "./side-output.ts";

/**
 * Writes a file beside its name, and renames it at the end.
 * @param isNew it must replace nothing, whatever has appeared there
 * @throws {Failure} `disk`
 */
export async function writeWhole(
	file: string,
	content: string | Uint8Array,
	isNew?: boolean,
): Promise<void> {
	const failures: Failure[] = [];
	const output = await openSideOutput(
		file,
		(failure) => failures.push(failure),
		{ isNew },
	);
	output.write(content);
	output.close();
	for (const failure of failures) throw failure;
}
