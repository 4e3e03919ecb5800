import { at, curve, middle, type Point } from "./svg.ts";

/*
 * Letters made of strokes, drawn for this program, so that a picture has words where no fonts are installed. A stroke is a row of points of
 * two characters each, x and y counted in base 36: y is 0 at the top of a capital, 4 at the top of a small letter, c on the line that
 * letters stand on. The inner points of a stroke that begins with "~" pull it into a curve; "o" is the same, and closed.
 */
const table = String.raw`0 o00707c0c 2854  1 13404c  2 ~030070760c 0c7c  3 ~0210707636 ~36767c0c09  4 5c500878
5 601006 ~0624747c0c0a  6 o05757c0c ~61500008  7 00702c  8 o10606616 o06767c0c
9 o00707707 ~747c2c1b  A 0c408c 1979  B 000c ~004070764606 ~0646868c4c0c  C ~8370000c7c89
D 000c ~0040808c4c0c  E 70000c7c 0656  F 70000c 0656  G ~8370000c8c87 8747  H 000c 808c 0686
I 101c  J 6068 ~686c0c09  K 000c 7007 348c  L 000c7c  M 0c0047808c  N 0c008c80  O o00808c0c
P 0c00 ~004080874707  Q o00808c0c 599d  R 0c00 ~004080874707 478c  S ~83800006868c0c09
T 0080 404c  U 0007 ~070c8c87 8780  V 004c80  W 003c527ca0  X 008c 800c  Y 004680 464c
Z 00800c8c  a o04646c0c 646c  b 000c o04646c0c  c ~6664040c6c6a  d 606c o04646c0c
e 0868 ~6864040c5c6a  f ~502024 242c 0454  g o04646c0c 646c ~6c6g0g0f  h 000c ~08046468 686c
i 040c 0101  j 242d ~2d2g0g 2121  k 000c 5409 276c  l 000a ~0a0c2c
m 040c ~08045458 585c ~5854a4a8 a8ac  n 040c ~08046468 686c  o o04646c0c  p 040g o04646c0c
q 646g o04646c0c  r 040c ~08044455  s ~56540408585c0c0a  t 212a ~2a2c5c 0454
u 0408 ~080c6c68 646c  v 043c64  w 042c558ca4  x 046c 640c  y 043c 643c1g  z 04640c6c
! 0008 0c0c  " 0003 3033  # 311b 715b 0484 0888  $ ~83800006868c0c09 404c
% 800c o00303404 o58888c5c  & ~8c25106064060c6c87  ' 0003  ( ~30040a3e  ) ~00343a0e
* 3137 0266 6206  + 353b 0868  , 1b0e  - 0858  . 0c0c  / 600e  : 0505 0c0c  ; 1515 1b0e
< 64086c  = 0666 0a6a  > 04680c  ? ~030060643639 3c3c  @ o34747939 ~747aa9a0000d8d
[ 20000e2e  \ 006e  ] 00202e0e  ^ 043064  _ 0e7e  { ~30101707 ~07171e3e  | 000e
} ~00202737 ~37272e0e  ~ ~09255b77  … 0c0c 3c3c 6c6c  · 0808  × 065b 560b`;

const glyphs = new Map<string, readonly string[]>([[" ", []]]);
for (const cell of table.split(/ {2}|\n/))
	glyphs.set(cell.charAt(0), cell.slice(2).split(" "));

/** For a character of a script that there are no letters for. */
const box = ["00808c0c00"];

/** The text in characters that there are letters for, without accents; others stay, to be shown as boxes. */
export function readable(text: string): string {
	return text
		.replace(/[‘’`]/g, "'")
		.replace(/[“”„]/g, '"')
		.replace(/[–—]/g, "-")
		.replaceAll("ß", "ss")
		.normalize("NFKD")
		.replace(/[\p{M}\p{Cf}]/gu, "")
		.replace(/[\s\p{Cc}]+/gu, " ")
		.trim();
}

/** A line of text as the data of an SVG path, and its width, in twelfths of a capital's height. */
export function spell(text: string, gap: number) {
	let [path, left, right] = ["", 0, 0];
	for (const character of text) {
		if (character === " ") right = left + 3;
		for (const stroke of glyphs.get(character) ?? box) {
			const points = pointsOf(stroke, left);
			right = Math.max(right, ...points.map(([x]) => x));
			path += lineOf(stroke, points);
		}
		left = right + gap;
	}
	return { path, width: right };
}

function pointsOf(stroke: string, left: number): readonly Point[] {
	return Array.from(stroke.matchAll(/([0-9a-g])([0-9a-g])/g), ([, x, y]) => [
		left + Number.parseInt(x as string, 36),
		Number.parseInt(y as string, 36),
	]);
}

function lineOf(stroke: string, points: readonly Point[]): string {
	if (stroke.startsWith("~")) return curve(points);
	if (!stroke.startsWith("o")) return `M${points.map(at).join("L")}`;
	const seam = middle(points[0] as Point, points.at(-1) as Point);
	return curve([seam, ...points, seam]);
}
