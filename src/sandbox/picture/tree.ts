import { at, css, dots, mix, type Point } from "../../drawing/svg.ts";
import type { View } from "./landscape.ts";

/** A tree on a bank right before us. */
export function drawTree({ random, width, palette }: View): string {
	const limbs: string[] = [];
	let [shaded, lit] = ["", ""];
	/** Each limb bears two, the thinnest of them leaves. */
	const grow = (from: Point, angle: number, length: number, left: number) => {
		const [x, y] = [Math.cos(angle) * length, Math.sin(angle) * length];
		const end: Point = [from[0] + x, from[1] + y];
		limbs[left] = `${limbs[left] ?? ""}M${at(from)}L${at(end)}`;
		const aside = (most: number) => most * (random() + random() - 1);
		const around = (): Point => [end[0] + aside(45), end[1] + aside(30)];
		if (left < 3) {
			shaded += dots(2, around);
			lit += dots(2, around);
		}
		for (const side of left > 0 ? [-1, 1] : []) {
			const turn = side * (0.2 + 0.35 * random()) + 0.15 * (random() - 0.5);
			grow(end, angle + turn, length * (0.7 + 0.16 * random()), left - 1);
		}
	};
	const x = Math.round(width * (0.72 + 0.2 * random()));
	grow([x, 965], -1.7 + 0.2 * random(), 100 + 60 * random(), 7);
	const { land, leaves } = palette;
	const ground = css(mix(land, [0, 0, 0], 0.35));
	const wood = limbs.map(
		(path, left) => `<path d="${path}" stroke-width="${2 * 1.5 ** left}"/>`,
	);
	return `<path d="M${x - 700} 1000Q${x - 300} 990 ${x - 60} 950T${x + 600} 930L${width} 1000Z" fill="${ground}"/>
<g fill="none" stroke="${ground}" stroke-linecap="round">${wood.join("")}
<path d="${shaded}" stroke="${css(mix(leaves, land, 0.35))}" stroke-width="14"/><path d="${lit}" stroke="${css(leaves)}" stroke-width="10"/></g>`;
}
