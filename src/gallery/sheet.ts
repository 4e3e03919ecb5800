import { spell } from "../drawing/letters.ts";
import { Failure } from "../errors.ts";
import { derivedMarks } from "../images/bytes.ts";
import type { MakeSharp } from "../images/load-sharp.ts";
import { forEachAtOnce } from "../system/at-once.ts";
import { counted } from "../system/plural.ts";

/** An image on a contact sheet. */
export interface SheetImage {
	readonly number: number;
	/** Absolute; undefined for what is no whole image: its place stays grey. */
	readonly path: string | undefined;
	/** Width by height. */
	readonly ratio: number;
}

/** Where the images of a sheet stand, in pixels. */
interface Layout {
	readonly columns: number;
	readonly rows: number;
	/** Of each cell, without its number. */
	readonly width: number;
	readonly height: number;
}

/** What mail, chats and models take without making it smaller. */
const most = 1_600;
const gap = 12;
/** Below each image, for its number. */
const label = 24;
/** Of a cell: in less nothing can be seen. */
const leastWidth = 72;

/** How a sheet of ours begins, of any version, its first two bytes being no text: it may be replaced. */
export const sheetStart = new RegExp(
	`^\\ufffd\\ufffd[^]{0,400}${derivedMarks.sheet}`,
);

/**
 * Draws small images with their numbers side by side.
 * @param columns undefined: as many as make the images largest
 * @returns a JPEG of at most 1,600 pixels a side
 * @throws {Failure} `usage` where they are too many
 */
export async function drawSheet(
	images: readonly SheetImage[],
	columns: number | undefined,
	sharp: MakeSharp,
): Promise<Buffer> {
	const layout = layOut(images, columns);
	const parts: { input: Buffer; left: number; top: number }[] = [];
	const seen = new Set<number>();
	await forEachAtOnce(images.entries(), 2, async ([at, image]) => {
		const small = image.path && (await shrink(image.path, layout, sharp));
		if (!small) return;
		const { data, info } = small;
		const { left, top } = placeOf(at, layout);
		seen.add(at);
		parts.push({
			input: data,
			left: left + Math.floor((layout.width - info.width) / 2),
			top: top + layout.height - info.height,
		});
	});
	const drawn = Buffer.from(backdrop(images, seen, layout));
	return sharp(drawn)
		.composite(parts)
		.flatten({ background: "#fff" })
		.withExif({ IFD0: { Software: derivedMarks.sheet } })
		.jpeg({ quality: 85 })
		.toBuffer();
}

/** An image as large as its cell; undefined for what cannot be decoded. */
function shrink(file: string, { width, height }: Layout, sharp: MakeSharp) {
	return sharp(file)
		.autoOrient()
		.resize({ width, height, fit: "inside" })
		.flatten({ background: "#fff" })
		.png({ compressionLevel: 0 })
		.toBuffer({ resolveWithObject: true })
		.catch(() => undefined);
}

function layOut(
	images: readonly SheetImage[],
	columns: number | undefined,
): Layout {
	const ratios = images.map(({ ratio }) => ratio).sort((a, b) => a - b);
	const ratio = ratios[Math.floor(ratios.length / 2)] ?? 1;
	const ways =
		columns === undefined ? images.map((_, at) => at + 1) : [columns];
	const layouts = ways.map((count) => layOutIn(count, images.length, ratio));
	const [best] = layouts.sort((a, b) => b.width - a.width);
	if (best !== undefined && best.width >= leastWidth) return best;
	throw new Failure(
		"usage",
		`${images.length} images${columns === undefined ? "" : ` in ${counted(columns, "column")}`} are too many for a sheet of ${most} pixels`,
		{
			hint:
				columns === undefined
					? "the page takes any number; a sheet that of a folder in it"
					: "without --columns they are laid out as large as can be",
		},
	);
}

function layOutIn(columns: number, images: number, ratio: number): Layout {
	const rows = Math.ceil(images / columns);
	const wide = (most - gap) / columns - gap;
	const high = (most - gap) / rows - gap - label;
	const width = Math.floor(Math.min(wide, high * ratio));
	const height = Math.max(1, Math.floor(width / ratio));
	return { columns: Math.min(columns, images), rows, width, height };
}

/** The upper left corner of a cell. */
function placeOf(at: number, { columns, width, height }: Layout) {
	return {
		left: gap + (at % columns) * (width + gap),
		top: gap + Math.floor(at / columns) * (height + label + gap),
	};
}

/** The paper with the numbers, and a grey place for what cannot be shown. */
function backdrop(
	images: readonly SheetImage[],
	seen: ReadonlySet<number>,
	layout: Layout,
): string {
	const { columns, rows, width, height } = layout;
	const size = 14;
	const drawn = images.map(({ number }, at) => {
		const { left, top } = placeOf(at, layout);
		const hole = `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="#ddd"/>`;
		const digits = spell(String(number), 4).path;
		return `${seen.has(at) ? "" : hole}<path transform="translate(${left} ${top + height + 6}) scale(${size / 12})" d="${digits}" fill="none" stroke="#222" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"/>`;
	});
	const w = gap + columns * (width + gap);
	const h = gap + rows * (height + label + gap);
	return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}"><rect width="${w}" height="${h}" fill="#fff"/>${drawn.join("")}</svg>`;
}
