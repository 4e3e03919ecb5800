import { expect, it } from "vitest";
import { type FitRules, fitTo } from "../../src/copies/fit.ts";
import { parseShape } from "../../src/copies/shape.ts";

const ultra = { width: 2752, height: 1536 };
const start = "2752 × 1536 prints at 300 dpi up to 23.3 × 13.0 cm";

function fitted(to?: string, rules: Partial<FitRules> = {}, picture = ultra) {
	const shape = to === undefined ? undefined : parseShape(to);
	const { cut, size, ...rest } = fitTo(picture, {
		...{ shape, dpi: 300, minDpi: 150, bleedMm: 0 },
		...rules,
	});
	const sides = ({ width, height }: typeof ultra) => `${width}x${height}`;
	return { cut: sides(cut), size: sides(size), ...rest };
}

it("leaves a picture whole where no size is asked for", () => {
	const whole = { cut: "2752x1536", size: "2752x1536" };
	expect(fitted()).toEqual({ ...whole, dpi: 300, words: start });
});

it.each([
	[
		"a4",
		{},
		"2163x1530",
		"2163x1530",
		185,
		"A4 landscape from it is 185 dpi, 2163 × 1530, 22 % cut off",
	],
	[
		"a4",
		{ dpi: 150 },
		"2172x1536",
		"1754x1240",
		150,
		"A4 landscape from it is 150 dpi of 185, 1754 × 1240, 21 % cut off",
	],
	[
		"a4",
		{ dpi: 72, minDpi: 72 },
		"2172x1536",
		"842x595",
		72,
		"A4 landscape from it is 72 dpi of 185, 842 × 595, 21 % cut off",
	],
	[
		"a4-portrait",
		{ minDpi: 131 },
		"1083x1532",
		"1083x1532",
		131,
		"A4 portrait from it is 131 dpi, 1083 × 1532, 61 % cut off",
	],
	[
		"a4",
		{ bleedMm: 3 },
		"2147x1531",
		"2147x1531",
		180,
		"A4 landscape from it is 180 dpi, 2147 × 1531, 22 % cut off",
	],
	["100x150mm", { dpi: 9999 }, "1024x1535", "1024x1535", 260, ""],
	[
		"1:1",
		{},
		"1536x1536",
		"1536x1536",
		300,
		"1:1 from 2752 × 1536 is 1536 × 1536, 44 % cut off",
	],
	["4:5", { dpi: 72 }, "1229x1536", "1229x1536", 72, ""],
	[
		"og",
		{},
		"2752x1445",
		"1200x630",
		300,
		"og from 2752 × 1536 is 1200 × 630, resampled from 2752 × 1445, 6 % cut off",
	],
	[
		"story",
		{},
		"864x1536",
		"1080x1920",
		300,
		"story from 2752 × 1536 is 1080 × 1920, enlarged 1.25 times, which adds no detail, 69 % cut off",
	],
	[
		"2752x1536",
		{},
		"2752x1536",
		"2752x1536",
		300,
		"2752x1536 from 2752 × 1536 is 2752 × 1536",
	],
	["1x9999", {}, "1x1536", "1x9999", 300, ""],
] as const)("--to %s with %j", (to, rules, cut, size, dpi, words) => {
	const found = fitted(to, rules);
	expect([found.cut, found.size, found.dpi]).toEqual([cut, size, dpi]);
	expect(found.words).toContain(words);
});

it("takes 2480 × 3508 for 300 dpi of A4, as everybody does", () => {
	const sheet = { width: 2480, height: 3508 };
	expect(fitted("a4", { minDpi: 300 }, sheet)).toMatchObject({
		...{ cut: "2480x3508", size: "2480x3508", dpi: 300 },
	});
});

it.each([
	[
		"a3",
		{},
		"A3 landscape from 2752 × 1536 is 131 dpi, below 150",
		"at 150 dpi it prints up to 46.6 × 26.0 cm: --to a4; all the same: --min-dpi 131",
	],
	[
		"a4-portrait",
		{},
		"A4 portrait from 2752 × 1536 is 131 dpi, below 150",
		"--min-dpi 131",
	],
	[
		"a4",
		{ minDpi: 186 },
		"A4 landscape from 2752 × 1536 is 185 dpi, below 186",
		"--to a5; all",
	],
	[
		"a4",
		{ dpi: 100 },
		"A4 landscape from 2752 × 1536 is 100 dpi, below 150",
		"--min-dpi 100",
	],
	[
		"20x30cm",
		{},
		"20x30cm from 2752 × 1536 is 130 dpi, below 150",
		"--to 30x20cm; all the same: --min-dpi 130",
	],
	[
		"3000x3000cm",
		{},
		"3000x3000cm from 2752 × 1536 is 1 dpi, below 150",
		"--to a4; all the same: --min-dpi 1",
	],
] as const)(
	"--to %s with %j is too coarse, and what would do is named",
	(to, rules, message, hint) => {
		expect(() => fitted(to, rules)).toThrow(
			expect.objectContaining({
				code: "usage",
				message,
				hint: expect.stringContaining(hint),
			}),
		);
	},
);

it("cuts no pixel off that a print at its own dots needs, whatever the picture and the paper", () => {
	for (let width = 300; width < 3_000; width += 97)
		for (let height = 300; height < 3_000; height += 89)
			for (const to of ["a4", "a6", "letter", "8x10in", "93.7x51mm"]) {
				const { cut, size, dpi } = fitTo(
					{ width, height },
					{
						...{ shape: parseShape(to), dpi: 9_999, minDpi: 1, bleedMm: 0 },
					},
				);
				expect(cut).toEqual(size);
				const spare = [width - cut.width, height - cut.height];
				expect(Math.min(...spare)).toBeGreaterThanOrEqual(0);
				// One more dot an inch would not fit.
				const dot = Math.max(cut.width, cut.height) / dpi;
				expect(Math.min(...spare)).toBeLessThanOrEqual(dot + 1);
			}
});
