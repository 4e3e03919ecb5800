import { createReadStream } from "node:fs";
import { Failure, systemCode } from "../errors.ts";
import type { OutputStream } from "../runtime.ts";

/**
 * Writes a file's bytes to stdout and nothing else.
 * @throws {Failure} `disk` where the reader went away before the end, or the disk behind it is full
 */
export async function writeToStdout(
	file: string,
	stdout: OutputStream,
): Promise<void> {
	for await (const chunk of createReadStream(file)) {
		await new Promise<void>((resolve, reject) => {
			stdout.write(chunk as Buffer, (error) => {
				if (error) reject(notWritten(error));
				else resolve();
			});
		});
	}
}

function notWritten(cause: Error): Failure {
	const isClosed = systemCode(cause) === "EPIPE";
	return new Failure(
		"disk",
		isClosed
			? "stdout was closed before the whole image was written"
			: `the image could not be written to stdout: ${cause.message}`,
		{
			hint: "the same command again writes it without paying",
			retryable: true,
			cause,
		},
	);
}
