import type { Land, Outline, Range } from "./land.ts";

export const lands: readonly Land[] = [
	{
		words:
			/\b(cherry|blossoms?|sakura|spring|japan\w*|gardens?|temple|zen|kyoto|pink|petals?)\b/gi,
		far: [104, 122, 158],
		near: [52, 74, 70],
		accent: [250, 176, 196],
		shore: 0.69,
		growth: "blossom",
		ranges: [
			range("cone", 0.67, 0.36, 0.4, 0.4),
			range("hills", 0.68, 0.13, 0.34),
			range("crowns", 0.69, 0.07, 0.56),
			range("pines", 0.695, 0.06, 0.76),
		],
	},
	{
		words:
			/\b(forests?|woods?|trees?|jungle|pines?|green|moss\w*|fox|deer|bear|owl)\b/gi,
		far: [96, 126, 130],
		near: [24, 50, 40],
		accent: [126, 162, 92],
		shore: 1,
		growth: "pines",
		ranges: [
			range("peaks", 0.6, 0.3, 0.1, 0.2),
			range("pines", 0.64, 0.16, 0.3),
			range("pines", 0.72, 0.17, 0.5),
			range("pines", 0.82, 0.19, 0.7),
			range("pines", 0.98, 0.26, 0.92),
		],
	},
	{
		words: /\b(autumn|fall|maple|october|harvest|leaves|rust\w*|copper)\b/gi,
		far: [120, 116, 136],
		near: [84, 52, 34],
		accent: [226, 112, 38],
		shore: 0.7,
		growth: "leaves",
		ranges: [
			range("peaks", 0.66, 0.34, 0.14, 0.18),
			range("hills", 0.68, 0.16, 0.34),
			range("crowns", 0.69, 0.1, 0.58),
			range("crowns", 0.705, 0.07, 0.8),
		],
	},
	{
		words:
			/\b(winter|snow\w*|ice|icy|frozen|arctic|christmas|cold|mountains?|alps|peaks?)\b/gi,
		far: [116, 136, 168],
		near: [38, 54, 70],
		accent: [232, 240, 248],
		shore: 0.71,
		growth: "pines",
		ranges: [
			range("peaks", 0.66, 0.46, 0.18, 0.75),
			range("peaks", 0.69, 0.26, 0.4, 0.5),
			range("pines", 0.7, 0.1, 0.6),
			range("pines", 0.715, 0.09, 0.82),
		],
	},
	{
		words:
			/\b(deserts?|dunes?|sand\w*|sahara|camels?|mars|egypt\w*|canyon|western)\b/gi,
		far: [178, 124, 110],
		near: [196, 120, 62],
		accent: [240, 196, 128],
		shore: 1,
		growth: "none",
		ranges: [
			range("mesas", 0.62, 0.22, 0.16),
			range("dunes", 0.66, 0.07, 0.4),
			range("dunes", 0.76, 0.12, 0.62),
			range("dunes", 0.95, 0.2, 0.85),
		],
	},
	{
		words:
			/\b(sea|oceans?|beach|coast\w*|islands?|waves?|ships?|boats?|harbou?r|lighthouse|water|whale)\b/gi,
		far: [96, 124, 150],
		near: [40, 58, 62],
		accent: [244, 240, 226],
		shore: 0.62,
		growth: "grass",
		ranges: [
			range("islands", 0.62, 0.2, 0.2),
			range("islands", 0.625, 0.16, 0.55),
		],
	},
	{
		words:
			/\b(meadows?|fields?|flowers?|hills?|farm|village|countryside|grass|lavender|cottage|cats?|dogs?)\b/gi,
		far: [110, 142, 156],
		near: [74, 112, 48],
		accent: [236, 120, 150],
		shore: 1,
		growth: "grass",
		ranges: [
			range("peaks", 0.6, 0.3, 0.24, 0.35),
			range("hills", 0.64, 0.14, 0.32),
			range("crowns", 0.7, 0.1, 0.5),
			range("hills", 0.78, 0.1, 0.7),
			range("hills", 0.96, 0.16, 0.92),
		],
	},
	{
		words:
			/\b(city|street|skyline|cyberpunk|tokyo|york|london|paris|urban|buildings?|skyscrapers?|robots?|cars?)\b/gi,
		far: [104, 112, 148],
		near: [34, 36, 58],
		accent: [255, 206, 120],
		shore: 0.72,
		growth: "none",
		ranges: [
			range("hills", 0.68, 0.18, 0.12),
			range("skyline", 0.71, 0.3, 0.34),
			range("skyline", 0.72, 0.24, 0.62),
			range("crowns", 0.725, 0.03, 0.85),
		],
	},
];

function range(
	outline: Outline,
	foot: number,
	height: number,
	nearness: number,
	snow = 0,
): Range {
	return { outline, foot, height, nearness, snow };
}
