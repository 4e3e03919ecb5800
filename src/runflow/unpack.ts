import { pipeline, Readable, type Transform } from "node:stream";
import { WireError } from "./wire-error.ts";

/**
 * The bytes of an answer without its `content-encoding` (RFC 9110, 8.4). We ask for none, but a proxy or a CDN may pack
 * all the same.
 * @throws {WireError} while reading, for bytes that are not what the header says
 */
export async function* unpack(
	packed: AsyncIterable<Uint8Array>,
	headers: Readonly<Record<string, string>>,
	host: string,
): AsyncGenerator<Uint8Array> {
	const codings = codingsOf(headers);
	if (codings.length === 0) {
		yield* packed;
		return;
	}
	const steps = await Promise.all(codings.map((coding) => stepFor(coding)));
	let trouble: unknown;
	const source = Readable.from(packed);
	// What the connection did is the reason, not that the stream of the unpacker ended for it.
	source.once("error", (error) => {
		trouble = error;
	});
	const stream = pipeline([source, ...steps], () => {}) as unknown as Readable;
	try {
		yield* stream;
	} catch (error) {
		throw (
			trouble ??
			new WireError(
				`the answer is not packed as it says (${codings.join(", ")}): ${host}`,
				true,
				error,
			)
		);
	}
}

/** What an answer was packed with, the last first; empty where it was not. */
export function codingsOf(
	headers: Readonly<Record<string, string>>,
): readonly string[] {
	return (headers["content-encoding"] ?? "")
		.toLowerCase()
		.split(",")
		.map((coding) => coding.trim())
		.filter((coding) => coding !== "" && coding !== "identity")
		.reverse();
}

async function stepFor(coding: string): Promise<Transform> {
	// Hardly any answer is packed.
	const zlib = await import("node:zlib");
	switch (coding) {
		case "gzip":
		case "x-gzip":
			return zlib.createGunzip();
		case "deflate":
			return zlib.createInflate();
		case "br":
			return zlib.createBrotliDecompress();
		default:
			throw new WireError(
				`the answer is packed in a way that we do not know (${coding})`,
				true,
				undefined,
				{ mayPass: false },
			);
	}
}
