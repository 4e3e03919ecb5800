import { expect, it } from "vitest";
import { parseBleed, parseShape } from "../../src/copies/shape.ts";

const lying = { width: 2752, height: 1536 };
const upright = { width: 1536, height: 2752 };

it.each([
	["a4", "a4", "mm", [297, 210], [210, 297]],
	["A4-Portrait", "a4-portrait", "mm", [210, 297], [210, 297]],
	[
		"letter-landscape",
		"letter-landscape",
		"mm",
		[279.4, 215.9],
		[279.4, 215.9],
	],
	["4:5", "4x5", "ratio", [4, 5], [4, 5]],
	["story", "story", "pixels", [1080, 1920], [1080, 1920]],
	["og", "og", "pixels", [1200, 630], [1200, 630]],
	["1200x800", "1200x800", "pixels", [1200, 800], [1200, 800]],
	["1200×800px", "1200x800px", "pixels", [1200, 800], [1200, 800]],
	["100x150mm", "100x150mm", "mm", [100, 150], [100, 150]],
	["10x15cm", "10x15cm", "mm", [100, 150], [100, 150]],
	["8.5x11in", "8.5x11in", "mm", [215.9, 279.4], [215.9, 279.4]],
])(
	"--to %s is called %s, in %s; only a paper lies as the picture does",
	(text, name, unit, ofLying, ofUpright) => {
		const shape = parseShape(text);
		const sides = (picture: typeof lying) => {
			const { width, height } = shape.size(picture);
			return [width, height].map((side) => Number(side.toFixed(3)));
		};
		expect([shape.name, shape.unit]).toEqual([name, unit]);
		expect([sides(lying), sides(upright)]).toEqual([ofLying, ofUpright]);
	},
);

it.each([
	...["", "a7", "a4-flat", "constructor", "0:5", "4:", "0x10", "100x"],
	...["1.5x2px", "20000x10", "10x10pt", "-1x5", "../x", "4x5mmx"],
])("--to %j is refused, and says what there is", (text) => {
	expect(() => parseShape(text)).toThrow(
		expect.objectContaining({
			code: "usage",
			message: `--to ${text} is no size of a copy`,
			hint: expect.stringContaining("a4-landscape, 4:5, 1200x800, 100x150mm"),
		}),
	);
});

it.each(["20x30", "100x150", "20×30"])(
	"--to %s is too small for pixels that nobody named, and could be a print",
	(text) => {
		const size = text.replace("×", "x");
		expect(() => parseShape(text)).toThrow(
			expect.objectContaining({
				code: "usage",
				message: `--to ${size} is without a unit`,
				hint: `a print: --to ${size}cm, or ${size}mm; pixels: --to ${size}px`,
			}),
		);
		expect(parseShape(`${size}px`).unit).toBe("pixels");
	},
);

it("reads a bleed, and refuses one without a unit, of nothing, or wider than a hand", () => {
	expect(["3mm", "0.3CM", "0.125in"].map(parseBleed)).toEqual([3, 3, 3.175]);
	for (const text of ["3", "0mm", "51mm", "-3mm", "3px", "x"])
		expect(() => parseBleed(text)).toThrow(`--bleed ${text} is no width`);
});

it.each([
	["DIN-A4", "a4"],
	["din a3-landscape", "a3-landscape"],
	["21x29,7cm", "21x29.7cm"],
])("%s is told how it is written here: %s", (text, meant) => {
	expect(() => parseShape(text)).toThrow(
		expect.objectContaining({ hint: `did you mean --to ${meant}?` }),
	);
});
