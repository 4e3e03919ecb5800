export type Point = readonly [x: number, y: number];

/** Red, green and blue from 0 to 255. */
export type Rgb = readonly number[];

/** The colour between two, `share` of the way from the first to the second. */
export function mix(from: Rgb, to: Rgb, share: number): Rgb {
	return from.map((value, i) => value + ((to[i] ?? 0) - value) * share);
}

export function css(color: Rgb): string {
	return `rgb(${color.map(Math.round)})`;
}

/** Colours with their opacity, from the top of a shape to its foot, or from its middle outwards. */
export function gradient(
	kind: "linear" | "radial",
	id: string,
	...stops: readonly (readonly [color: Rgb, opacity: number])[]
): string {
	const spread = stops.map(([color, opacity], i) => {
		const offset = i / (stops.length - 1);
		return `<stop offset="${offset}" stop-color="${css(color)}" stop-opacity="${opacity}"/>`;
	});
	const direction = kind === "linear" ? 'x2="0" y2="1"' : "";
	return `<${kind}Gradient id="${id}" ${direction}>${spread.join("")}</${kind}Gradient>`;
}

/** Path data of a smooth line from the first point to the last, pulled towards those between. */
export function curve(points: readonly Point[]): string {
	const bends = points.slice(1, -1).map((point, i) => {
		const next = points[i + 2] as Point;
		const isLast = i === points.length - 3;
		return `Q${at(point)} ${at(isLast ? next : middle(point, next))}`;
	});
	return `M${at(points[0] as Point)}${bends.join("")}`;
}

export function middle(a: Point, b: Point): Point {
	return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}

/** Path data of lines without a length, which round ends make dots. */
export function dots(count: number, place: () => Point): string {
	return Array.from({ length: count }, () => `M${at(place())}h0`).join("");
}

/** A place in few characters: what is finer than a hundredth cannot be seen. */
export function at([x, y]: Point): string {
	return `${Math.round(x * 100) / 100} ${Math.round(y * 100) / 100}`;
}
