import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Failure } from "../errors.ts";
import type { SourceImage } from "./source-image.ts";
import { unusable } from "./unusable-image.ts";

/** Small enough that one chunk passes a slow line well before silence counts as the end of the connection. */
const chunkBytes = 64 * 1024;

/**
 * The bytes of an image as it was when it was looked at. The last of them come only when all are known to be the
 * same, so that another image never arrives whole.
 * @param name what the user calls the image
 * @throws {Failure} `usage` where the file is another one by now
 */
export async function* readUnchanged(
	image: SourceImage,
	name: string,
): AsyncGenerator<Uint8Array> {
	const hash = createHash("sha256");
	let sizeBytes = 0;
	let held: Uint8Array | undefined;
	for await (const chunk of readFile(image, name)) {
		sizeBytes += chunk.length;
		hash.update(chunk);
		if (sizeBytes > image.sizeBytes) throw changed(name);
		if (held) yield held;
		held = chunk;
	}
	if (hash.digest("hex") !== image.sha256) throw changed(name);
	if (held) yield held;
}

async function* readFile(
	{ path }: SourceImage,
	name: string,
): AsyncGenerator<Uint8Array> {
	try {
		yield* createReadStream(path, { highWaterMark: chunkBytes });
	} catch (error) {
		throw changed(name, error);
	}
}

function changed(name: string, cause?: unknown): Failure {
	return unusable(
		`${name} changed while it was being used`,
		"run the same command again when whatever writes it is done",
		cause,
	);
}
