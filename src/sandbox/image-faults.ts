import { createHash } from "node:crypto";
import type { Strikes } from "./dice.ts";

/** The bytes of a picture after the faults that damage them. */
export function spoil(bytes: Buffer, strikes: Strikes): Buffer {
	if (strikes.has("wrong")) return gif;
	if (strikes.has("truncated"))
		return bytes.subarray(0, Math.floor(bytes.length * 0.6));
	if (strikes.has("garbage")) return noise(bytes.length);
	if (strikes.has("damaged")) {
		const copy = Buffer.from(bytes);
		// Behind the headers and before the end, whatever the format: only a decoder can tell.
		copy.fill(0, Math.floor(copy.length * 0.5), Math.floor(copy.length * 0.7));
		return copy;
	}
	return bytes;
}

/** One transparent pixel: a whole file of the wrong kind. */
const gif = Buffer.from(
	"R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
	"base64",
);

/** The same noise each time, so that a resumed download goes on in the same file. */
function noise(length: number): Buffer {
	const blocks: Buffer[] = [];
	for (let at = 0; at < length; at += 32)
		blocks.push(createHash("sha256").update(`noise ${at}`).digest());
	return Buffer.concat(blocks, length);
}
