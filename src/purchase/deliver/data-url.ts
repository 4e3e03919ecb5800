import { Failure } from "../../errors.ts";
import { service } from "../../runflow/service.ts";
import { type Draft, fillDraft } from "./draft-file.ts";

/** Whether an output is the image itself (RFC 2397) and not a link to it. */
export function isDataUrl(url: string): boolean {
	return /^data:/i.test(url);
}

/**
 * Writes the bytes of a `data:` URL to a new file and flushes them. Whether they are an image the draft says.
 * @throws {Failure} `disk`, `bad_image` (unreadable, or too large)
 */
export async function writeDataUrl(url: string, file: string): Promise<Draft> {
	const bytes = decode(url);
	return fillDraft(file, (draft) => draft.append(bytes));
}

function decode(url: string): Buffer {
	const comma = url.indexOf(",");
	const data = url.slice(comma + 1);
	if (comma < 0 || data.length > 2 * service.maxImageBytes) throw unreadable();
	const isBase64 = /;\s*base64$/i.test(url.slice(0, comma));
	const text = data.replace(/%([0-9a-f]{2})/gi, (_, hex) =>
		String.fromCharCode(Number.parseInt(hex, 16)),
	);
	return Buffer.from(text, isBase64 ? "base64" : "latin1");
}

function unreadable(): Failure {
	return new Failure("bad_image", "the image in the answer cannot be read", {
		charged: "yes",
	});
}
