import { createReadStream } from "node:fs";
import { Failure, systemCode } from "../../errors.ts";
import type { OutputStream, Runtime } from "../../runtime.ts";

/**
 * Sees whether stdout can take an image (`-o -`), before it costs anything.
 * @throws {Failure} `usage`; `disk` where it is closed
 */
export function checkStdout(
	{ json }: { readonly json?: boolean },
	{ stdout, isStdoutClosed }: Pick<Runtime, "stdout" | "isStdoutClosed">,
): void {
	if (stdout.isTTY)
		throw new Failure("usage", "-o - would write the image to the terminal", {
			hint: "send it somewhere: flux-ultra … -o - > image.jpg",
		});
	if (json)
		throw new Failure("usage", "-o - and --json both want stdout", {
			hint: "save the image in a file: -o image.jpg --json",
		});
	if (isStdoutClosed())
		throw new Failure("disk", "stdout is closed, and the image would be lost", {
			hint: "send it somewhere: flux-ultra … -o - > image.jpg",
			charged: "no",
		});
}

/**
 * Writes a file's bytes to stdout and nothing else.
 * @param onReaderLeft is called where the reader goes away before the end
 * @throws {Failure} `interrupted` where the reader went away before the end, `disk` where what is behind it is full
 */
export async function writeToStdout(
	file: string,
	stdout: OutputStream,
	onReaderLeft: () => void,
): Promise<void> {
	for await (const chunk of createReadStream(file)) {
		await new Promise<void>((resolve, reject) => {
			stdout.write(chunk as Buffer, (error) => {
				if (!error) return resolve();
				if (systemCode(error) === "EPIPE") onReaderLeft();
				reject(notWritten(error));
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
