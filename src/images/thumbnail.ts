import { open } from "node:fs/promises";
import { derivedMarks } from "./bytes.ts";
import type { MakeSharp } from "./load-sharp.ts";
import { shrunk } from "./shrink.ts";

/** Pixels of its longer side: what programs that look at images take, where four megapixels are too many. */
const side = 1_024;

const mark = derivedMarks.thumbnail;
/** How a thumbnail begins that this command made, of any version, its first two bytes being no text: it may be replaced. */
export const thumbnailStart = new RegExp(
	`^\\ufffd\\ufffd[^]{0,400}${mark}([0-9a-f]{64})`,
);
const ending = ".thumb.jpg";

/** The name of an image's thumbnail, beside it. */
export function thumbnailPath(image: string): string {
	return `${image}${ending}`;
}

/**
 * The image that a thumbnail of ours shows, by its sha256; undefined for any other file.
 * @throws a system error
 */
export async function shownByThumbnail(
	file: string,
): Promise<string | undefined> {
	if (!file.endsWith(ending)) return undefined;
	const handle = await open(file);
	try {
		const { buffer, bytesRead } = await handle.read(Buffer.alloc(1_024));
		return thumbnailStart.exec(buffer.toString("utf8", 0, bytesRead))?.[1];
	} finally {
		await handle.close();
	}
}

/** A JPEG of at most 1,024 pixels a side, which says whose it is. @throws an error of sharp for what it cannot decode */
export function drawThumbnail(
	image: string,
	sha256: string,
	sharp: MakeSharp,
): Promise<Buffer> {
	return shrunk(image, side, sharp)
		.flatten({ background: "#fff" })
		.withExif({ IFD0: { Software: mark + sha256 } })
		.jpeg({ quality: 85 })
		.toBuffer();
}
