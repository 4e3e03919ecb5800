import type { IncomingMessage } from "node:http";

/**
 * The whole body of a request; undefined for one that is larger than `maxBytes` or breaks off. What comes beyond is let go by, so that
 * the sender gets its answer on a connection that still stands.
 */
export function readBody(
	request: IncomingMessage,
	maxBytes: number,
): Promise<Buffer | undefined> {
	return new Promise((resolve) => {
		const chunks: Buffer[] = [];
		let sizeBytes = 0;
		request.on("data", (chunk: Buffer) => {
			sizeBytes += chunk.length;
			if (sizeBytes <= maxBytes) return chunks.push(chunk);
			chunks.length = 0;
			resolve(undefined);
		});
		request.on("end", () => resolve(Buffer.concat(chunks)));
		request.on("error", () => resolve(undefined));
		request.on("close", () => resolve(undefined));
	});
}
