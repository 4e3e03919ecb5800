import { createReadStream } from "node:fs";
import { Failure } from "../errors.ts";
import type { OutputStream } from "../runtime.ts";

/**
 * Writes a file's bytes to stdout and nothing else.
 * @throws {Failure} `disk` where the reader went away before the end
 */
export async function writeToStdout(
	file: string,
	stdout: OutputStream,
): Promise<void> {
	for await (const chunk of createReadStream(file)) {
		await new Promise<void>((resolve, reject) => {
			stdout.write(chunk as Buffer, (error) => {
				if (error) reject(closed(error));
				else resolve();
			});
		});
	}
}

function closed(cause: unknown): Failure {
	return new Failure(
		"disk",
		"stdout was closed before the whole image was written",
		{
			hint: "the same command again writes it without paying",
			retryable: true,
			cause,
		},
	);
}
