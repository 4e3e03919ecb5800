import { pipeline, Readable, type Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { service } from "./service.ts";
import { WireError } from "./wire-error.ts";

type Headers = Readonly<Record<string, string>>;
type Bytes = AsyncIterable<Uint8Array>;

/** The whole body as text, decompressed. @throws {WireError} for one that is too large, or not what its header says */
export async function readText(
	body: Bytes,
	headers: Headers,
	host: string,
): Promise<string> {
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of decompress(body, headers, host)) {
		size += chunk.length;
		if (size > service.maxAnswerBytes)
			throw new WireError(
				`the answer is larger than ${service.maxAnswerBytes} bytes: ${host}`,
				true,
				undefined,
			);
		chunks.push(chunk);
	}
	return Buffer.concat(chunks).toString("utf8");
}

/**
 * The bytes of a body without its `content-encoding` (RFC 9110, 8.4). We ask for none, but a proxy or a CDN may compress
 * all the same. Not undici's own `interceptors.decompress`, which prints a warning and lets pass what it does not know.
 * @throws {WireError} while reading, for bytes that are not what the header says; what reading `body` throws
 */
export async function* decompress(
	body: Bytes,
	headers: Headers,
	host: string,
): AsyncGenerator<Uint8Array> {
	const encodings = contentEncodings(headers);
	if (encodings.length === 0) {
		yield* body;
		return;
	}
	const decoders = encodings.map(createDecoder);
	let cause: unknown;
	// What the connection did is the reason, not that the decoder's stream ended for it.
	const source = Readable.from(body).once("error", (error) => {
		cause = error;
	});
	try {
		yield* pipeline([source, ...decoders], () => {}) as unknown as Readable;
	} catch (error) {
		throw (
			cause ??
			new WireError(
				`the answer is not packed as it says (${encodings.join(", ")}): ${host}`,
				true,
				error,
			)
		);
	}
}

/** In the order to take them off, the last first; empty where there is none. */
export function contentEncodings(headers: Headers): readonly string[] {
	return (headers["content-encoding"] ?? "")
		.toLowerCase()
		.split(",")
		.map((encoding) => encoding.trim())
		.filter((encoding) => encoding !== "" && encoding !== "identity")
		.reverse();
}

function createDecoder(encoding: string): Transform {
	switch (encoding) {
		case "gzip":
		case "x-gzip":
			return createGunzip();
		case "deflate":
			return createInflate();
		case "br":
			return createBrotliDecompress();
		default:
			throw new WireError(
				`the answer is packed in a way that we do not know (${encoding})`,
				true,
				undefined,
				{ mayPass: false },
			);
	}
}
