/** How many bytes of a file tell what it is; an SVG may have a comment first. */
export const longestSign = 1024;

/**
 * What a file is that is no JPEG, PNG or WebP, by its first bytes: "a GIF"; undefined where they tell nothing.
 * (signatures: the formats' own specifications)
 */
export function foreignFormat(head: Buffer): string | undefined {
	const text = head.toString("latin1");
	const found = signs.find(([at, sign]) => text.startsWith(sign, at));
	if (found) return found[2];
	if (/<svg[\s>]/i.test(text)) return "an SVG";
	return /^\s*<(!doctype html|html)/i.test(text) ? "an HTML page" : undefined;
}

/** Where a signature stands, and what begins so; the first that fits counts. */
const signs: readonly (readonly [at: number, sign: string, name: string])[] = [
	// ISO base media files: the size of the first box, "ftyp", and the brand.
	[4, "ftypavi", "an AVIF"],
	[4, "ftyphei", "a HEIC"],
	[4, "ftyphev", "a HEIC"],
	[4, "ftypmif1", "a HEIC"],
	[4, "ftypmsf1", "a HEIC"],
	[4, "ftypcrx ", "a camera's raw file"],
	[4, "ftyp", "a video"],
	[0, "GIF87a", "a GIF"],
	[0, "GIF89a", "a GIF"],
	[0, "BM", "a BMP"],
	[0, "II*\0", "a TIFF or a camera's raw file"],
	[0, "MM\0*", "a TIFF or a camera's raw file"],
	[0, "\xff\x0a", "a JPEG XL"],
	[0, "\0\0\0\x0cJXL ", "a JPEG XL"],
	[0, "\0\0\0\x0cjP  ", "a JPEG 2000"],
	[0, "\0\0\x01\0", "an icon (ICO)"],
	[0, "8BPS", "a Photoshop file"],
	[0, "gimp xcf", "a GIMP file"],
	[0, "%PDF-", "a PDF"],
	[0, "%!PS", "a PostScript file"],
	[0, "PK\x03\x04", "a ZIP archive"],
];
