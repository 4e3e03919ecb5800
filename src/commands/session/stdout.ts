import { createReadStream } from "node:fs";
import { Failure, systemCode } from "../../errors.ts";
import type { OutputStream, Runtime } from "../../runtime.ts";

interface CheckedOptions {
	readonly json?: boolean | undefined;
	readonly sidecar?: boolean | undefined;
	readonly thumbnail?: boolean | undefined;
}

/**
 * Sees whether stdout can take an image (`-o -`), before it costs anything.
 * @throws {Failure} `usage`; `disk` where it is closed
 */
export function checkStdout(
	{ json, sidecar, thumbnail }: CheckedOptions,
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
	for (const [name, isAsked] of Object.entries({ sidecar, thumbnail }))
		if (isAsked)
			throw new Failure("usage", `--${name} has no place beside stdout`, {
				hint: "save the image in a file: -o image.jpg",
			});
	if (isStdoutClosed())
		throw new Failure("disk", "stdout is closed, and the image would be lost", {
			hint: "send it somewhere: flux-ultra … -o - > image.jpg",
			charged: "no",
		});
}

/**
 * Writes a file's bytes to stdout and nothing else.
 * @param resume the command that saves the image elsewhere
 * @throws {Failure} `interrupted` where the reader went away before the end, `disk` where what is behind it is full
 */
export async function writeToStdout(
	file: string,
	stdout: OutputStream,
	resume: string,
): Promise<void> {
	for await (const chunk of createReadStream(file)) {
		await new Promise<void>((resolve, reject) => {
			stdout.write(chunk as Buffer, (error) => {
				if (error) reject(notWritten(error, resume));
				else resolve();
			});
		});
	}
}

function notWritten(cause: Error, resume: string): Failure {
	const details = { retryable: true, cause };
	return systemCode(cause) === "EPIPE"
		? new Failure("interrupted", "stdout was closed", {
				...details,
				hint: `stdout was closed, and the image is paid; to save it: ${resume}`,
			})
		: new Failure(
				"disk",
				`the image could not be written to stdout: ${cause.message}`,
				{
					...details,
					hint: "the same command again writes it without paying",
				},
			);
}
