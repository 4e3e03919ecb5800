import { Failure } from "../errors.ts";
import type { Dimensions } from "../images/bytes.ts";
import {
	dpiOn,
	type Paper,
	paperFor,
	papers,
	pixelsOf,
	printWords,
} from "./paper.ts";
import type { Shape } from "./shape.ts";

/** How a picture becomes a copy. */
export interface Fit {
	/** What is left of the picture, in its own pixels. */
	readonly cut: Dimensions;
	/** Pixels of the copy; others than those of `cut` where it is resampled. */
	readonly size: Dimensions;
	/** For the tag: whole dots an inch. */
	readonly dpi: number;
	/** What becomes of the picture, for people. */
	readonly words: string;
}

export interface FitRules {
	/** Undefined: the whole picture. */
	readonly shape: Shape | undefined;
	/** Of a print at most, of everything else the tag. */
	readonly dpi: number;
	/** Of a print at least. */
	readonly minDpi: number;
	/** Around a print, in millimetres. */
	readonly bleedMm: number;
}

/**
 * Prints are never enlarged: their pixels stay as they are, or become fewer where they have more than `dpi`.
 * @throws {Failure} `usage` for a print of fewer dots than `minDpi`
 */
export function fitTo(picture: Dimensions, rules: FitRules): Fit {
	const { shape, dpi } = rules;
	const start = `${sized(picture)} prints at ${dpi} dpi up to ${printWords(picture, dpi)}`;
	if (shape === undefined) {
		const { width, height } = picture;
		const size = { width, height };
		return { cut: size, size, dpi, words: start };
	}
	const wanted = shape.size(picture);
	const fit = {
		ratio: fitRatio,
		pixels: fitPixels,
		mm: fitPrint,
	}[shape.unit](picture, wanted, rules);
	const { cut } = fit;
	const left = (cut.width * cut.height) / (picture.width * picture.height);
	const lost = Math.round((1 - left) * 100);
	const share = lost > 0 ? `, ${lost} % cut off` : "";
	const title = titleOf(shape, wanted);
	// Whoever wants pixels asks for no print.
	const from =
		shape.unit === "mm"
			? `${start}; ${title} from it`
			: `${title} from ${sized(picture)}`;
	return { ...fit, words: `${from} is ${fit.words}${share}` };
}

function fitRatio(picture: Dimensions, ratio: Dimensions, { dpi }: FitRules) {
	const size = largest(picture, ratio);
	return { cut: size, size, dpi, words: sized(size) };
}

function fitPixels(picture: Dimensions, size: Dimensions, { dpi }: FitRules) {
	const cut = largest(picture, size);
	const scale = size.width / cut.width;
	const enlarged = `, enlarged ${scale.toFixed(2)} times, which adds no detail`;
	const resampled = scale > 1 ? enlarged : `, resampled from ${sized(cut)}`;
	const words = `${sized(size)}${scale === 1 ? "" : resampled}`;
	return { cut, size, dpi, words };
}

function fitPrint(
	picture: Dimensions,
	trimmed: Dimensions,
	{ shape, minDpi, bleedMm, ...rules }: FitRules,
) {
	const sheet = {
		width: trimmed.width + 2 * bleedMm,
		height: trimmed.height + 2 * bleedMm,
	};
	const own = dpiOn(picture, sheet);
	const dpi = Math.min(own, rules.dpi);
	if (dpi < minDpi) {
		const turned = { width: sheet.height, height: sheet.width };
		const fits =
			(dpiOn(picture, turned) >= minDpi && shape && nameTurned(shape)) ||
			largestPaper(picture, minDpi, bleedMm);
		throw new Failure(
			"usage",
			`${shape && titleOf(shape, trimmed)} from ${sized(picture)} is ${dpi} dpi, below ${minDpi}`,
			{
				hint: `at ${minDpi} dpi it prints up to ${printWords(picture, minDpi)}${fits ? `: --to ${fits}` : ""}; all the same: --min-dpi ${Math.max(dpi, 1)}`,
			},
		);
	}
	const size = pixelsOf(sheet, dpi);
	const cut = own > dpi ? largest(picture, sheet) : size;
	const words = `${dpi} dpi${own > dpi ? ` of ${own}` : ""}, ${sized(size)}`;
	return { cut, size, dpi, words };
}

/** A size the other way round; undefined of a paper, which lies as the picture does where nothing is said. */
function nameTurned({ name }: Shape): string | undefined {
	const [, width, height, unit] = /^([\d.]+)x([\d.]+)(\D+)$/.exec(name) ?? [];
	return width && `${height}x${width}${unit}`;
}

function largestPaper(
	picture: Dimensions,
	minDpi: number,
	bleedMm: number,
): Paper | undefined {
	return (Object.keys(papers) as Paper[]).find((paper) => {
		const { width, height } = paperFor(paper, picture);
		const bleed = 2 * bleedMm;
		const sheet = { width: width + bleed, height: height + bleed };
		return dpiOn(picture, sheet) >= minDpi;
	});
}

/** The most of a picture that has this ratio, in whole pixels. */
function largest(picture: Dimensions, ratio: Dimensions): Dimensions {
	const width = (picture.height * ratio.width) / ratio.height;
	const height = (picture.width * ratio.height) / ratio.width;
	return {
		width: Math.max(1, Math.min(picture.width, Math.round(width))),
		height: Math.max(1, Math.min(picture.height, Math.round(height))),
	};
}

/** As a user has it; of a paper with its direction, which may be the picture's own: `A4 landscape`. */
function titleOf({ name, unit }: Shape, { width, height }: Dimensions): string {
	if (unit === "ratio") return name.replace("x", ":");
	const [paper = ""] = name.split("-");
	if (!Object.hasOwn(papers, paper)) return name;
	const direction = width > height ? "landscape" : "portrait";
	return `${paper.replace(/^a/, "A")} ${direction}`;
}

function sized({ width, height }: Dimensions): string {
	return `${width} × ${height}`;
}
