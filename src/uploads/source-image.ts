import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Failure, systemCode } from "../errors.ts";
import { foreignFormat, longestSign } from "../images/foreign-format.ts";
import { inspectImage } from "../images/inspect.ts";
import type { InputFile } from "../purchase/job.ts";
import { service } from "../runflow/service.ts";
import { systemReason } from "../system/disk-failure.ts";

/** A local image that can be sent to the service: whole, of a format that we know by its content, and small enough. */
export type SourceImage = Omit<InputFile, "url">;

/**
 * Reads an image once, front to back, and tells what it is; nothing is sent.
 * @param showPath a path as a user in this folder would write it
 * @throws {Failure} `usage` for what is missing, no file, unreadable, empty, over 50 MiB, damaged, or no JPEG, PNG or WebP
 */
export async function lookAtImage(
	path: string,
	showPath: (path: string) => string,
): Promise<SourceImage> {
	const name = showPath(path);
	await checkFile(path, name);
	try {
		const { format, metadata: _, ...facts } = await inspectImage(path);
		return { path, mimeType: `image/${format}`, ...facts };
	} catch (error) {
		throw await explain(error, path, name);
	}
}

/** What shows before the file is read: a camera's raw file of 80 MB need not be. */
async function checkFile(path: string, name: string): Promise<void> {
	const file = await stat(path).catch((error) => {
		throw unreadable(name, error);
	});
	if (file.isDirectory())
		throw unusable(`${name} is a folder`, "name one image in it");
	// A pipe gives its bytes once, and an upload may have to be repeated.
	if (!file.isFile())
		throw unusable(
			`${name} is not a file`,
			"give bytes that come from elsewhere on stdin, as -",
		);
	checkSize(file.size, name);
}

/** @throws {Failure} `usage` for an image that is empty, or larger than the service takes */
export function checkSize(sizeBytes: number, name: string): void {
	if (sizeBytes === 0)
		throw unusable(`${name} is empty`, "give a JPEG, PNG or WebP");
	const { assetBytes: most } = service.limits;
	if (sizeBytes > most)
		throw unusable(
			`${name} is larger than ${most / (1024 * 1024)} MiB, the most that the service takes`,
			"make it smaller, or give the https address of where it is",
		);
}

/** An image that cannot be an input, in the user's terms. */
export function unusable(
	message: string,
	hint: string,
	cause?: unknown,
): Failure {
	return new Failure("usage", message, { hint, charged: "no", cause });
}

async function explain(
	error: unknown,
	path: string,
	name: string,
): Promise<unknown> {
	if (!(error instanceof Failure)) return error;
	if (error.code !== "bad_image") return unreadable(name, error.cause);
	const head = createReadStream(path, { end: longestSign - 1 });
	const found = foreignFormat(Buffer.concat(await head.toArray()));
	if (found)
		return unusable(
			`${name} is ${found}, which cannot be an input here`,
			"convert it to JPEG, PNG or WebP first",
			error,
		);
	// A file named by mistake may hold a secret: what it begins with stays out of logs.
	const message = error.message.replace(/: it begins with ".*$/s, "");
	return unusable(
		`${name} cannot be used: ${message.charAt(0).toLowerCase()}${message.slice(1)}`,
		"give a whole JPEG, PNG or WebP",
		error,
	);
}

function unreadable(name: string, cause: unknown): Failure {
	const code = systemCode(cause);
	return code === "ENOENT" || code === "ENOTDIR"
		? unusable(
				`there is no file ${name}`,
				"give the path of an image, its https address, or - for stdin",
				cause,
			)
		: unusable(
				`${name} cannot be read: ${systemReason(cause)}`,
				"look at its permissions and at the disk",
				cause,
			);
}
