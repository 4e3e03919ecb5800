import { glyphs } from "./glyphs.ts";

/** A line through points; a unit is a twelfth of the height of a capital, y is 0 at its top. */
export interface Stroke {
	readonly points: readonly (readonly [x: number, y: number])[];
	/** Of its thickness, against that of the letters around it. */
	readonly weight: number;
}

export interface Shape {
	readonly strokes: readonly Stroke[];
	readonly width: number;
}

const SPACE_WIDTH = 3;
const cache = new Map<string, Shape>();

/** What a text is drawn with, a shape for each character that can be seen. */
export function shapesOf(text: string): readonly Shape[] {
	return readable(text).map((character) => {
		const known = cache.get(character);
		if (known) return known;
		const shape = shapeOf(character);
		cache.set(character, shape);
		return shape;
	});
}

/** The text as characters that there are letters for: without accents, others as they are, to be shown as boxes. */
function readable(text: string): readonly string[] {
	const visible = text
		.normalize("NFC")
		.replace(/[\s\p{Cc}]+/gu, " ")
		.replace(/[\p{Cf}\p{Variation_Selector}]/gu, "");
	return Array.from(visible).flatMap((character) => {
		if (Object.hasOwn(glyphs, character)) return [character];
		const alike =
			lookalikes[character] ??
			character.normalize("NFKD").replace(/\p{M}/gu, "");
		const isKnown = Array.from(alike).every((c) => Object.hasOwn(glyphs, c));
		return isKnown ? Array.from(alike) : [character];
	});
}

const lookalikes: Readonly<Record<string, string>> = {
	...{ ß: "ss", æ: "ae", Æ: "AE", œ: "oe", Œ: "OE", ø: "o", Ø: "O" },
	...{ ł: "l", Ł: "L", đ: "d", Đ: "D", ð: "d", Ð: "D", þ: "th", Þ: "Th" },
	...{ ı: "i", "‘": "'", "’": "'", "‚": ",", "“": '"', "”": '"', "„": '"' },
	...{ "«": '"', "»": '"', "–": "-", "—": "-", "−": "-", "•": "·" },
};

function shapeOf(character: string): Shape {
	const strokes = Object.hasOwn(glyphs, character)
		? strokesOf(glyphs[character] as string)
		: boxOf(character);
	const width = strokes
		.flatMap(({ points }) => points.map(([x]) => x))
		.reduce((widest, x) => Math.max(widest, x), 0);
	return { strokes, width: character === " " ? SPACE_WIDTH : width };
}

function strokesOf(glyph: string): readonly Stroke[] {
	return glyph
		.split(" ")
		.filter((stroke) => stroke !== "")
		.map((stroke) => {
			const points = Array.from(
				stroke.matchAll(/([0-9a-g])([0-9a-g])/g),
				(m) =>
					[
						Number.parseInt(m[1] as string, 36),
						Number.parseInt(m[2] as string, 36),
					] as const,
			);
			if (stroke.startsWith("o"))
				return { points: closedCurve(points), weight: 1 };
			if (stroke.startsWith("~")) return { points: curve(points), weight: 1 };
			return { points, weight: 1 };
		});
}

type Points = Stroke["points"];
type Point = Points[number];

/** Touches the middle of each side of the polygon that the points make: a rectangle becomes an ellipse, nearly. */
function closedCurve(points: Points): Points {
	return points.flatMap((control, i) => {
		const before = points.at(i - 1) as Point;
		const after = points[(i + 1) % points.length] as Point;
		return bend(middle(before, control), control, middle(control, after));
	});
}

function curve(points: Points): Points {
	return points.slice(1, -1).flatMap((control, i) => {
		const before = points[i] as Point;
		const after = points[i + 2] as Point;
		const start = i === 0 ? before : middle(before, control);
		const end = i === points.length - 3 ? after : middle(control, after);
		return bend(start, control, end);
	});
}

/** Points of the curve from start to end that the third point pulls towards itself. */
function bend(start: Point, control: Point, end: Point): Points {
	const turn =
		(control[0] - start[0]) * (end[1] - start[1]) -
		(control[1] - start[1]) * (end[0] - start[0]);
	// Each joint thickens the line a little: a straight piece has none.
	const pieces = turn === 0 ? 1 : 6;
	return Array.from({ length: pieces + 1 }, (_, i) => {
		const t = i / pieces;
		const [a, b, c] = [(1 - t) ** 2, 2 * t * (1 - t), t ** 2];
		return [
			a * start[0] + b * control[0] + c * end[0],
			a * start[1] + b * control[1] + c * end[1],
		] as const;
	});
}

function middle(a: Point, b: Point): Point {
	return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}

/** A character of a script that there are no letters for: a box with its number in Unicode, two hex digits a line. */
function boxOf(character: string): readonly Stroke[] {
	const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
	const digits = Array.from(code.padStart(code.length > 4 ? 6 : 4, "0"));
	const scale = digits.length > 4 ? 0.24 : 0.34;
	const frame = strokesOf("00808c0c00").map((s) => ({ ...s, weight: 0.6 }));
	const inside = digits.flatMap((digit, i) =>
		strokesOf(glyphs[digit] as string).map(({ points }) => ({
			points: points.map(
				([x, y]) =>
					[
						1.3 + (i % 2) * 3.2 + x * scale,
						1.3 + Math.floor(i / 2) * (scale * 12 + 0.9) + y * scale,
					] as const,
			),
			weight: 0.42,
		})),
	);
	return [...frame, ...inside];
}
