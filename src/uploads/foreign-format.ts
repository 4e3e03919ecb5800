/** How many bytes of a file tell what it is; an SVG may have a comment first. */
export const longestSign = 1024;

/**
 * What a file is that is no JPEG, PNG or WebP, by its first bytes: "a GIF"; undefined where they tell nothing.
 * (signatures: the formats' own specifications)
 */
export function foreignFormat(head: Buffer): string | undefined {
	const text = head.toString("latin1");
	// ISO base media files: the size of the first box, "ftyp", and the brand.
	if (text.slice(4, 8) === "ftyp")
		return brands[text.slice(8, 12)] ?? "a video";
	const [, name] = signs.find(([sign]) => text.startsWith(sign)) ?? [];
	if (name) return name;
	if (/<svg[\s>]/i.test(text)) return "an SVG";
	return /^\s*<(!doctype html|html)/i.test(text) ? "an HTML page" : undefined;
}

const brands: Readonly<Record<string, string>> = {
	avif: "an AVIF",
	avis: "an AVIF",
	heic: "a HEIC",
	heix: "a HEIC",
	heim: "a HEIC",
	heis: "a HEIC",
	hevc: "a HEIC",
	hevx: "a HEIC",
	mif1: "a HEIC",
	msf1: "a HEIC",
	"crx ": "a camera's raw file",
};

const signs = [
	["GIF87a", "a GIF"],
	["GIF89a", "a GIF"],
	["BM", "a BMP"],
	["II*\0", "a TIFF or a camera's raw file"],
	["MM\0*", "a TIFF or a camera's raw file"],
	["\xff\x0a", "a JPEG XL"],
	["\0\0\0\x0cJXL ", "a JPEG XL"],
	["\0\0\0\x0cjP  ", "a JPEG 2000"],
	["\0\0\x01\0", "an icon (ICO)"],
	["8BPS", "a Photoshop file"],
	["%PDF-", "a PDF"],
	["%!PS", "a PostScript file"],
	["PK\x03\x04", "a ZIP archive"],
] as const;
