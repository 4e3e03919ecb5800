import type { Failure } from "../../errors.ts";
import { openSideOutput } from "../../system/side-output.ts";

/** Writes a file beside its name, and renames it at the end. @throws {Failure} `disk` */
export async function writeWhole(
	file: string,
	content: string | Uint8Array,
): Promise<void> {
	const failures: Failure[] = [];
	const output = await openSideOutput(file, (failure) =>
		failures.push(failure),
	);
	output.write(content);
	output.close();
	for (const failure of failures) throw failure;
}
