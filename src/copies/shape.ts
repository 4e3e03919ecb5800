import { Failure } from "../errors.ts";
import type { Dimensions } from "../images/bytes.ts";
import { escaped } from "../system/escape.ts";
import { type Paper, paperFor, papers } from "./paper.ts";

/** What a copy is made to, as `--to` has it. */
export interface Shape {
	/** As a part of a file's name, and in the record. */
	readonly name: string;
	/** `ratio`: as much of the picture as has it; `pixels`: resampled to exactly these; `mm`: a print, whose pixels go by its dpi. */
	readonly unit: "ratio" | "pixels" | "mm";
	/** In that unit; a paper without a direction lies as the picture does. */
	size(picture: Dimensions): Dimensions;
}

/** Of screens: a story of Instagram and others, the picture of a link (Open Graph). */
const screens: Readonly<Record<string, Dimensions>> = {
	story: { width: 1_080, height: 1_920 },
	og: { width: 1_200, height: 630 },
};

/** Sizes that have a name. */
export const shapeNames: readonly string[] = [
	...Object.keys(papers),
	...Object.keys(screens),
];

/** Millimetres in a unit of length. */
const lengths: Readonly<Record<string, number>> = { mm: 1, cm: 10, in: 25.4 };

/** Up to here sides without a unit are more likely those of a print (100x150 of a photo) than of a picture for a screen. */
const mostOfPrints = 150;

/** The longest side of a WebP; the other formats take more. */
const mostPixels = 16_383;

/**
 * @param text `a4`, `a4-portrait`, `4:5`, `story`, `1200x630`, `100x150mm`
 * @throws {Failure} `usage`
 */
export function parseShape(text: string): Shape {
	const name = text.toLowerCase();
	const screen = Object.hasOwn(screens, name) ? screens[name] : undefined;
	if (screen) return { name, unit: "pixels", size: () => screen };
	const read = (text: string) =>
		readPaper(text) ?? readRatio(text) ?? readSize(text.replace("×", "x"));
	const shape = read(name);
	if (shape) return shape;
	const meant = name.replace(/^din[- ]?/, "").replaceAll(",", ".");
	if (read(meant))
		throw new Failure("usage", `--to ${escaped(text)} is no size of a copy`, {
			hint: `did you mean --to ${meant}?`,
		});
	throw new Failure("usage", `--to ${escaped(text)} is no size of a copy`, {
		hint: `there are: ${shapeNames.join(", ")}, a4-landscape, 4:5, 1200x800, 100x150mm, 8x10in`,
	});
}

/**
 * What is cut off around a print: `3mm`, `0.125in`.
 * @returns millimetres
 * @throws {Failure} `usage`
 */
export function parseBleed(text: string): number {
	const [, number = "", unit = ""] =
		/^(\d+(?:\.\d+)?)(mm|cm|in)$/i.exec(text) ?? [];
	const mm = Number(number) * (lengths[unit.toLowerCase()] ?? 0);
	if (mm > 0 && mm <= 50) return mm;
	throw new Failure("usage", `--bleed ${escaped(text)} is no width`, {
		hint: "for one: --bleed 3mm, or 0.125in; at most 50mm",
	});
}

function readPaper(text: string): Shape | undefined {
	const [, name = "", direction] =
		/^([a-z]+\d?)(?:-(portrait|landscape))?$/.exec(text) ?? [];
	if (!Object.hasOwn(papers, name)) return undefined;
	const paper = name as Paper;
	const upright = { width: 1, height: 2 };
	const lying = { width: 2, height: 1 };
	const size = (picture: Dimensions) => {
		if (direction === undefined) return paperFor(paper, picture);
		return paperFor(paper, direction === "portrait" ? upright : lying);
	};
	return { name: text, unit: "mm", size };
}

function readRatio(text: string): Shape | undefined {
	const [, width, height] = /^(\d{1,4}):(\d{1,4})$/.exec(text) ?? [];
	const size = { width: Number(width), height: Number(height) };
	if (!(size.width > 0 && size.height > 0)) return undefined;
	// A name of Windows has no colon.
	return { name: `${width}x${height}`, unit: "ratio", size: () => size };
}

function readSize(text: string): Shape | undefined {
	const [, width, height, unit = "px"] =
		/^(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)(px|mm|cm|in)?$/.exec(text) ?? [];
	const mm = lengths[unit];
	const inUnit = (value: string | undefined) => Number(value) * (mm ?? 1);
	const size = { width: inUnit(width), height: inUnit(height) };
	const sides = [size.width, size.height];
	if (!sides.every((side) => side > 0)) return undefined;
	if (mm !== undefined) return { name: text, unit: "mm", size: () => size };
	const isWhole = (side: number) =>
		Number.isInteger(side) && side <= mostPixels;
	if (!sides.every(isWhole)) return undefined;
	if (!/px$/.test(text) && Math.max(...sides) <= mostOfPrints)
		throw new Failure("usage", `--to ${text} is without a unit`, {
			hint: `a print: --to ${text}cm, or ${text}mm; pixels: --to ${text}px`,
		});
	return { name: text, unit: "pixels", size: () => size };
}
