import type { Dimensions } from "../images/bytes.ts";

const MM_PER_INCH = 25.4;

/** Width and height, upright, in millimetres: ISO 216, and ANSI/ASME Y14.1 for the American ones. */
export const papers = {
	a0: [841, 1189],
	a1: [594, 841],
	a2: [420, 594],
	a3: [297, 420],
	a4: [210, 297],
	a5: [148, 210],
	a6: [105, 148],
	letter: [215.9, 279.4],
	legal: [215.9, 355.6],
	tabloid: [279.4, 431.8],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;

export type Paper = keyof typeof papers;

/** A paper as the picture lies. @returns millimetres */
export function paperFor(paper: Paper, picture: Dimensions): Dimensions {
	const [short, long] = papers[paper];
	return picture.width > picture.height
		? { width: long, height: short }
		: { width: short, height: long };
}

/**
 * Dots an inch that a picture has where it fills a sheet, cut to its shape. Whole ones, so that the tag is exact and no pixel need be resampled:
 * less than a hundredth is cut off for it.
 * @param sheet in millimetres
 */
export function dpiOn(picture: Dimensions, sheet: Dimensions): number {
	// As `pixelsOf` rounds: 2480 pixels are 300 dpi of A4's 210 mm.
	const dots = (pixels: number, mm: number) =>
		Math.ceil(((pixels + 0.5) / mm) * MM_PER_INCH) - 1;
	return Math.min(
		dots(picture.width, sheet.width),
		dots(picture.height, sheet.height),
	);
}

/** Pixels of a sheet. @param sheet in millimetres */
export function pixelsOf(sheet: Dimensions, dpi: number): Dimensions {
	const pixels = (mm: number) => Math.round((mm / MM_PER_INCH) * dpi);
	return { width: pixels(sheet.width), height: pixels(sheet.height) };
}

/** Millimetres of a print. */
export function printMm(picture: Dimensions, dpi: number): Dimensions {
	const mm = (pixels: number) => Math.round((pixels / dpi) * MM_PER_INCH);
	return { width: mm(picture.width), height: mm(picture.height) };
}

/** Centimetres of a print, for people: `23.3 × 13.0 cm`. */
export function printWords(picture: Dimensions, dpi: number): string {
	const { width, height } = printMm(picture, dpi);
	return `${(width / 10).toFixed(1)} × ${(height / 10).toFixed(1)} cm`;
}
