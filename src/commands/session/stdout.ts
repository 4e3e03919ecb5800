import { createReadStream } from "node:fs";
import { Failure, systemCode } from "../../errors.ts";
import type { OutputStream } from "../../runtime.ts";

/**
 * Writes a file's bytes to stdout and nothing else.
 * @throws {Failure} `interrupted` where the reader went away before the end, `disk` where what is behind it is full
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
	const details = {
		hint: "the same command again writes it without paying",
		retryable: true,
		cause,
	};
	// Whoever closes a pipe (`| head -1`) wants to hear no more.
	return systemCode(cause) === "EPIPE"
		? new Failure("interrupted", "stdout was closed", details)
		: new Failure(
				"disk",
				`the image could not be written to stdout: ${cause.message}`,
				details,
			);
}
