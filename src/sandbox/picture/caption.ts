import { readable, spell } from "../../drawing/letters.ts";
import type { PictureRequest } from "../pictures.ts";

/** The words of a picture as SVG, in its lower left corner: that it comes from the sandbox, of what prompt, of what seed. */
export function drawCaption(request: PictureRequest): string {
	const { prompt, seed, model, width, height } = request;
	const margin = Math.min(width, height) * 0.055;
	const room = width - 2 * margin;
	const title = spell("SANDBOX", 4.5);
	const size = Math.max(5, Math.min(height, width * 1.1) * 0.0225);
	const large = Math.min(Math.max(10, size * 3.3), (room * 12) / title.width);
	// Few letters with their gap are wider than three quarters of the size.
	const column = room * (width > height * 1.2 ? 0.66 : 0.8);
	const length = Math.max(1, Math.floor(column / (size * 0.75)));
	const facts = `seed ${seed} · ${model} · ${width} × ${height}`;
	// A small picture has no room for more than the title.
	const isSmall = Math.min(width, height) < 200;
	const lines = isSmall
		? []
		: [...wrap(prompt, length, 3), ...wrap(facts, Math.floor(length * 1.3), 3)];
	const top = height - margin - large - lines.length * size * 2;
	const rows = lines.map((line, i) => {
		const y = top + large + size * (1.3 + 2 * i);
		return drawRow(spell(line, 2.6).path, margin, y, size);
	});
	return drawRow(title.path, margin, top, large) + rows.join("");
}

/** Letters with their upper left corner at a place in pixels, and with a shadow that lifts them off the picture. */
function drawRow(path: string, x: number, y: number, size: number): string {
	// Strokes thinner than a pixel would be lost.
	const thick = Math.max(1.9, 11 / size);
	return `<g transform="translate(${x} ${y}) scale(${size / 12})" fill="none" stroke-linecap="round" stroke-linejoin="round">
<path d="${path}" stroke="#000" stroke-opacity=".25" stroke-width="${thick + 1.4}"/><path d="${path}" stroke="#fff" stroke-width="${thick}"/></g>`;
}

/** The text in lines of so many characters at most, broken between words where there are some; "…" stands for lines that are left out. */
export function wrap(text: string, length: number, most: number): string[] {
	const pattern = new RegExp(`.{1,${length}}(?: |$)|.{${length}}`, "gu");
	const lines = readable(text.slice(0, 2_000)).match(pattern) ?? [];
	if (lines.length <= most) return lines;
	return [...lines.slice(0, most - 1), `${lines[most - 1]?.slice(0, -2)} …`];
}
