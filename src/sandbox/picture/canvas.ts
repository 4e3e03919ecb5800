/** Red, green and blue from 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** Pixels of four bytes each (red, green, blue, and a fourth that is always 255), row by row from the top left. */
export interface Canvas {
	readonly width: number;
	readonly height: number;
	readonly pixels: Uint8ClampedArray;
}

export function createCanvas(width: number, height: number): Canvas {
	const pixels = new Uint8ClampedArray(width * height * 4).fill(255);
	return { width, height, pixels };
}

/** The colour between two, `share` of the way from the first to the second. */
export function mix(from: Rgb, to: Rgb, share: number): Rgb {
	const between = (a: number, b: number) => a + (b - a) * share;
	return [
		between(from[0], to[0]),
		between(from[1], to[1]),
		between(from[2], to[2]),
	];
}

export function scaled(color: Rgb, factor: number): Rgb {
	return mix([0, 0, 0], color, factor);
}

/** A disc with an edge that fades over `softness` pixels. */
export function fillDisc(
	canvas: Canvas,
	centerX: number,
	centerY: number,
	radius: number,
	color: Rgb,
	{ alpha = 1, softness = 1 } = {},
): void {
	strokeLine(
		canvas,
		[centerX, centerY, radius],
		[centerX, centerY, radius],
		color,
		{ alpha, softness },
	);
}

/** Where a line begins or ends, and its half width there, in pixels. */
export type LineEnd = readonly [x: number, y: number, radius: number];

/** A line with round ends, which may be thinner at one of them. */
export function strokeLine(
	canvas: Canvas,
	from: LineEnd,
	to: LineEnd,
	color: Rgb,
	{ alpha = 1, softness = 1 } = {},
): void {
	const { width, height } = canvas;
	const [x0, y0, r0] = from;
	const [dx, dy, dr] = [to[0] - x0, to[1] - y0, to[2] - r0];
	const reach = Math.max(r0, to[2]) + softness / 2;
	const perLength = 1 / (dx * dx + dy * dy || 1);
	const perSoftness = 1 / softness;
	const bottom = Math.min(height - 1, Math.max(y0, to[1]) + reach);
	let y = Math.max(0, Math.ceil(Math.min(y0, to[1]) - reach));
	for (; y <= bottom; y++) {
		// Only the stretch of the line that comes near this row: a long slanted line is mostly elsewhere.
		const margin = dy < 0 ? -reach : reach;
		const enter = dy === 0 ? 0 : within((y - y0 - margin) / dy);
		const leave = dy === 0 ? 1 : within((y - y0 + margin) / dy);
		const first = x0 + dx * (dx < 0 ? leave : enter);
		const last = x0 + dx * (dx < 0 ? enter : leave);
		const right = Math.min(width - 1, last + reach);
		let x = Math.max(0, Math.ceil(first - reach));
		for (; x <= right; x++) {
			const t = within(((x - x0) * dx + (y - y0) * dy) * perLength);
			const offX = x - x0 - dx * t;
			const offY = y - y0 - dy * t;
			const square = offX * offX + offY * offY;
			if (square >= reach * reach) continue;
			const inside = (r0 + dr * t - Math.sqrt(square)) * perSoftness + 0.5;
			if (inside > 0)
				lay(canvas, x, y, color, inside < 1 ? inside * alpha : alpha);
		}
	}
}

function within(value: number): number {
	return value < 0 ? 0 : value > 1 ? 1 : value;
}

/** Lays a colour over one pixel. */
function lay(
	{ width, pixels }: Canvas,
	x: number,
	y: number,
	color: Rgb,
	alpha: number,
): void {
	const at = (y * width + x) * 4;
	const rest = 1 - alpha;
	pixels[at] = (pixels[at] as number) * rest + color[0] * alpha;
	pixels[at + 1] = (pixels[at + 1] as number) * rest + color[1] * alpha;
	pixels[at + 2] = (pixels[at + 2] as number) * rest + color[2] * alpha;
}

/** An upright rectangle between two corners; parts of pixels at its edges count. */
export function fillRectangle(
	canvas: Canvas,
	[left, top, right, bottom]: readonly [number, number, number, number],
	color: Rgb,
	alpha = 1,
): void {
	const lastY = Math.min(canvas.height, bottom);
	const lastX = Math.min(canvas.width, right);
	for (let y = Math.max(0, Math.floor(top)); y < lastY; y++) {
		const rows = Math.min(y + 1, bottom) - Math.max(y, top);
		for (let x = Math.max(0, Math.floor(left)); x < lastX; x++) {
			const columns = Math.min(x + 1, right) - Math.max(x, left);
			lay(canvas, x, y, color, rows * columns * alpha);
		}
	}
}
