import { at, css, dots, gradient, mix, type Point } from "../../drawing/svg.ts";
import type { PictureRequest } from "../pictures.ts";
import { createRandom, hashOf } from "../random.ts";
import { choosePalette } from "./palette.ts";
import { drawTree } from "./tree.ts";

/** What is settled before the first line. Lengths are in thousandths of the picture's height. */
export type View = ReturnType<typeof composeView>;

const RANGES = 5;

/** A quiet landscape as SVG: hills in the mist beyond a lake, in colours that go with the prompt, all else by chance. */
export function drawLandscape(request: PictureRequest): string {
	const view = composeView(request);
	const { palette, width, shore, random } = view;
	const { skyTop, skyMiddle, horizon, sun, land } = palette;
	const lake = `y="${shore}" width="${width}" height="${1000 - shore}"`;
	return `<defs>
${gradient("linear", "air", [skyTop, 1], [skyMiddle, 1], [horizon, 1])}
${gradient("linear", "water", [horizon, 0.1], [mix(skyTop, land, 0.5), 0.6], [land, 0.9])}
${gradient("radial", "glow", [sun, 0.7], [sun, 0.22], [sun, 0.05], [sun, 0])}
${gradient("radial", "cloud", [mix(horizon, sun, 0.6), 0.4], [horizon, 0.12], [horizon, 0])}
<clipPath id="lake"><rect ${lake}/></clipPath></defs>
<rect id="sky" width="${width}" height="${shore + 1}" fill="url(#air)"/>${drawHeavens(view)}
<g id="land">${drawRanges(view)}</g>
<g clip-path="url(#lake)">
<g transform="translate(0 ${2 * shore}) scale(1 -1)"><use href="#sky"/><use href="#land"/></g>
<rect ${lake} fill="url(#water)"/>${drawRipples(view)}
</g>
${random() < 0.85 ? drawTree(view) : ""}`;
}

function composeView({ prompt, seed, model, ...size }: PictureRequest) {
	const random = createRandom(hashOf(JSON.stringify([prompt, seed, model])));
	const palette = choosePalette(prompt, random);
	const width = (size.width / size.height) * 1000;
	// Where the land ends and the water begins.
	const shore = Math.round(620 + 110 * random());
	const peak = width * (0.25 + 0.5 * random());
	// The upper edges of the land, the farthest first.
	const ranges = Array.from({ length: RANGES }, (_, i) => {
		const high = 230 * (1 - i / (RANGES - 1)) ** 0.8 + 30;
		const rise = i === 0 ? 80 + 180 * random() : 0;
		return outlineOf(width, random).map(([x, y]): Point => {
			const slope = rise * Math.exp(-Math.abs(x - peak) / 200);
			return [x, shore - high * (1 + 0.8 * y) - slope];
		});
	});
	const x = width * (0.2 + 0.5 * random());
	const near = ranges.flat().filter((point) => Math.abs(point[0] - x) < 60);
	const skyline = Math.min(500, ...near.map((point) => point[1]));
	const sun: Point = [x, Math.max(90, skyline - 140 * random())];
	return { random, palette, width, shore, ranges, sun };
}

/** Halves between points, moved up or down by less each time, make a line of mountains, between 1 and -1. */
function outlineOf(width: number, random: () => number): readonly Point[] {
	let heights = Array.from({ length: 6 }, () => random() - 0.5);
	for (let swing = 0.3; heights.length < 160; swing *= 0.53)
		heights = heights.flatMap((height, i) => {
			const next = heights[i + 1] ?? height;
			return [height, (height + next) / 2 + (random() - 0.5) * swing];
		});
	return heights.map((y, i) => [(width * i) / (heights.length - 1), y]);
}

/** The sun or moon, stars or birds, and clouds. */
function drawHeavens({ random, width, shore, sun, palette }: View): string {
	const radius = 36 + 24 * random();
	const place = `cx="${sun[0]}" cy="${sun[1]}"`;
	const flock = width * random();
	const birds = dots(5, () => [flock + 160 * random(), 160 + 70 * random()]);
	const stars = dots(240, () => [width * random(), shore * random() ** 1.5]);
	const isNight = Math.max(...palette.skyTop) < 90;
	const flying = isNight
		? `<path d="${stars}" stroke="#fff" stroke-opacity=".7"/>`
		: `<path d="${birds.replaceAll("h0", "q7 -9 11 0q5 -8 11 -1")}" stroke="${css(palette.land)}" stroke-opacity=".6"/>`;
	const clouds = Array.from({ length: 4 }, () => {
		const [x, y] = [width * random(), 80 + 380 * random()];
		return Array.from({ length: 3 }, () => {
			const reach = 90 + 220 * random();
			return `<ellipse cx="${x + 300 * random()}" cy="${y + 24 * random()}" rx="${reach}" ry="${8 + reach * 0.06}" fill="url(#cloud)"/>`;
		}).join("");
	});
	return `<circle ${place} r="${radius * 4.5}" fill="url(#glow)"/><circle ${place} r="${radius}" fill="${css(palette.sun)}"/>
<g fill="none" stroke-linecap="round" stroke-width="2">${flying}</g>${clouds.join("")}`;
}

/** From the farthest range to the nearest, each with mist at its foot. */
function drawRanges({ random, ranges, palette, width, shore }: View): string {
	const { skyMiddle, horizon, sun, land } = palette;
	const air = mix(skyMiddle, horizon, 0.35);
	const drawn = ranges.map((line, i) => {
		const near = i / (RANGES - 1);
		const color = mix(air, land, 0.1 + 0.8 * near ** 1.4);
		const top = mix(color, sun, 0.45 * (1 - near) ** 2);
		const foot = mix(color, horizon, 0.8 - 0.65 * near);
		const pines = line.map(([x, y]) => {
			const tall = (8 + 30 * near) * (0.4 + random());
			const tip: Point = [x + tall * (random() - 0.5), y - 0.8 * tall];
			const sides = `l${at([tall * 0.2, tall])}l${at([tall * -0.4, 0])}Z`;
			return i > 1 && random() < 0.7 ? `M${at(tip)}${sides}` : "";
		});
		return `${gradient("linear", `range${i}`, [top, 1], [mix(color, foot, 0.3), 1], [foot, 1])}
<path d="M${line.map(at).join("L")}L${width} ${shore}H0Z${pines.join("")}" fill="url(#range${i})"/>`;
	});
	return drawn.join("");
}

/** Light on the water: everywhere a little, and more of it below the sun. */
function drawRipples({ random, width, shore, sun, palette }: View): string {
	const lines = (count: number, reach: number) =>
		Array.from({ length: count }, () => {
			const down = random() ** 1.6;
			const length = (12 + 80 * down) * (0.3 + random());
			const aside = reach * (0.3 + down) * (random() + random() - 1);
			const y = shore + 4 + (1000 - shore) * down;
			return `M${at([sun[0] + aside - length / 2, y])}h${length}`;
		}).join("");
	return `<g stroke="${css(palette.sun)}" stroke-width="2" stroke-linecap="round">
<path d="${lines(90, width)}" stroke-opacity=".14"/><path d="${lines(70, 90)}" stroke-opacity=".5"/></g>`;
}
