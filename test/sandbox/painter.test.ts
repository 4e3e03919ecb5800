import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { ImageScanner } from "../../src/images/formats/image.ts";
import { paintPicture } from "../../src/sandbox/painter.ts";
import { glyphs } from "../../src/sandbox/picture/glyphs.ts";
import { widthOf, wrap } from "../../src/sandbox/picture/lettering.ts";
import { shapesOf } from "../../src/sandbox/picture/strokes.ts";
import type { PictureWish } from "../../src/sandbox/pictures.ts";

const wish: PictureWish = {
	prompt: "a serene japanese garden with cherry blossoms at dawn",
	seed: 42,
	model: "black-forest-labs/flux-1-1-pro-ultra",
	width: 256,
	height: 144,
	format: "jpeg",
};

describe("paintPicture", () => {
	test("paints a whole baseline JPEG of 4 megapixels, as large as a photograph's", async () => {
		const bytes = await paintPicture({ ...wish, width: 2752, height: 1536 });
		expect(scan(bytes)).toEqual({ format: "jpeg", width: 2752, height: 1536 });
		expect(await sharp(bytes, { failOn: "warning" }).stats()).toMatchObject({
			isOpaque: true,
		});
		expect(await sharp(bytes).metadata()).toMatchObject({
			isProgressive: false,
			chromaSubsampling: "4:2:0",
			channels: 3,
		});
		expect(bytes.length).toBeGreaterThan(700_000);
		expect(bytes.length).toBeLessThan(2_500_000);
	});

	test.each(["jpeg", "png", "webp"] as const)(
		"paints as %s",
		async (format) => {
			const bytes = await paintPicture({ ...wish, format });
			expect(scan(bytes)).toEqual({ format, width: 256, height: 144 });
			await sharp(bytes, { failOn: "warning" }).stats();
		},
	);

	test("gives the same bytes for the same wish", async () => {
		const [one, other] = await Promise.all([
			paintPicture(wish),
			paintPicture({ ...wish }),
		]);
		expect(one.equals(other)).toBe(true);
	});

	test.each<[string, Partial<PictureWish>, Partial<PictureWish>]>([
		["prompt", {}, { prompt: `${wish.prompt}.` }],
		["end of a prompt", { prompt: long("a") }, { prompt: long("b") }],
		["seed", {}, { seed: 43 }],
		["model", {}, { model: "another" }],
	])("gives other bytes for another %s", async (_, before, after) => {
		const one = await paintPicture({ ...wish, ...before });
		const other = await paintPicture({ ...wish, ...after });
		expect(one.equals(other)).toBe(false);
	});

	test("gives other bytes for each of many seeds, however small the picture", async () => {
		const seeds = Array.from({ length: 200 }, (_, seed) => seed);
		const all = new Set<string>();
		for (const seed of seeds) {
			const bytes = await paintPicture({
				...wish,
				seed,
				width: 32,
				height: 32,
			});
			all.add(bytes.toString("base64"));
		}
		expect(all.size).toBe(seeds.length);
	});

	test.each([
		[1, 1],
		[2, 3],
		[1, 300],
		[300, 1],
		[64, 64],
		[1376, 13],
		[1021, 767],
	])("paints %i × %i pixels", async (width, height) => {
		const bytes = await paintPicture({ ...wish, width, height });
		expect(scan(bytes)).toEqual({ format: "jpeg", width, height });
	});

	test.each([
		"",
		" ",
		"<svg onload=alert(1)> & ]]> \u0000\u001b[31m",
		"桜の庭 🦊 ".repeat(2_000),
		"x".repeat(65_536),
		"\ud800 lone",
		"a fox in a misty forest at night",
		"alps, snow, noon",
		"storm over the ocean",
		"golden autumn lake",
		"dunes at dusk",
		"meadow of purple flowers",
		"tokyo street, neon",
	])("paints the prompt %#", async (prompt) => {
		const bytes = await paintPicture({ ...wish, prompt });
		expect(scan(bytes)).toEqual({ format: "jpeg", width: 256, height: 144 });
	});

	test("writes SANDBOX and the prompt into the picture", async () => {
		const large = { ...wish, width: 1376, height: 768, format: "png" } as const;
		// The left third of the picture's last quarter, where the words stand.
		const corner = { left: 60, top: 585, width: 400, height: 130 };
		const white = async (prompt: string) => {
			const bytes = await paintPicture({ ...large, prompt });
			const pixels = await sharp(bytes).extract(corner).raw().toBuffer();
			return pixels.filter((value) => value > 250).length;
		};
		const [short, full] = await Promise.all([
			white("night"),
			white("night after night after night"),
		]);
		expect(short).toBeGreaterThan(10_000);
		expect(full).toBeGreaterThan(short + 2_000);
	});

	test("shows what an edit starts from", async () => {
		const red = { r: 250, g: 0, b: 20 };
		const input = await sharp({
			create: { width: 300, height: 200, channels: 3, background: red },
		})
			.png()
			.toBuffer();
		const inputs = [input, Buffer.from("<html>no picture")];
		const bytes = await paintPicture({ ...wish, format: "png", inputs });
		const { data, info } = await sharp(bytes)
			.raw()
			.toBuffer({ resolveWithObject: true });
		let reds = 0;
		for (let i = 0; i < data.length; i += info.channels)
			if (data[i] === red.r && data[i + 1] === 0 && data[i + 2] === red.b)
				reds++;
		// A fifteenth of the picture at least.
		expect(reds * 15).toBeGreaterThan(info.width * info.height);
		const without = await paintPicture({ ...wish, format: "png" });
		const broken = await paintPicture({
			...wish,
			format: "png",
			inputs: inputs.slice(1),
		});
		expect(broken.equals(without)).toBe(false);
	});

	test.each(["b-w", "cmyk", "rgb16"])(
		"shows an input in the colours of %s",
		async (space) => {
			const picture = sharp(await paintPicture(wish)).toColourspace(space);
			const input =
				space === "cmyk"
					? await picture.jpeg().toBuffer()
					: await picture.png().toBuffer();
			const shown = await paintPicture({ ...wish, inputs: [input] });
			const refused = await paintPicture({
				...wish,
				inputs: [Buffer.alloc(9)],
			});
			expect(scan(shown)).toMatchObject({ width: 256, height: 144 });
			expect(shown.equals(refused)).toBe(false);
		},
	);

	test("says how to get sharp where it is missing", async () => {
		const missing = () => Promise.reject(new Error("Cannot find package"));
		await expect(paintPicture(wish, missing)).rejects.toMatchObject({
			code: "config",
			message: expect.stringContaining("sharp"),
			hint: expect.stringContaining("npm install"),
		});
	});
});

describe("the letters", () => {
	test("cover ASCII, inside the room that a letter has", () => {
		for (let code = 0x20; code < 0x7f; code++) {
			const [shape] = shapesOf(String.fromCharCode(code));
			expect(glyphs).toHaveProperty([String.fromCharCode(code)]);
			for (const [x, y] of shape?.strokes.flatMap((s) => s.points) ?? []) {
				expect(x).toBeGreaterThanOrEqual(0);
				expect(x).toBeLessThanOrEqual(10);
				expect(y).toBeGreaterThanOrEqual(0);
				expect(y).toBeLessThanOrEqual(16);
			}
		}
	});

	test("are all different", () => {
		const drawn = Object.entries(glyphs).map(([, strokes]) => strokes);
		// An upright stroke is all that "'" has, and a space has none.
		expect(new Set(drawn).size).toBe(drawn.length);
	});

	test.each([
		["Größe", "Grosse"],
		["Ñandú, café", "Nandu, cafe"],
		["Łódź Ærø “x” – y…", 'Lodz AEro "x" - y…'],
		["a\u0000b\n\tc", "a b c"],
		["a\u200d\ufe0fb", "ab"],
	])("write %j as %j", (text, plain) => {
		expect(shapesOf(text)).toEqual(shapesOf(plain));
	});

	test("show a character of another script as a box of its own", () => {
		const [cherry, garden, fox] = shapesOf("桜庭🦊");
		expect(cherry).not.toEqual(garden);
		expect(cherry?.strokes.length).toBeGreaterThan(4);
		expect(fox?.strokes.length).toBeGreaterThan(6);
	});

	test("break a text into lines that fit, and say where there was more", () => {
		const text = "one two three four five six seven eight nine ten";
		const lines = wrap(text, 300, 20, 2, 3);
		expect(lines.length).toBeGreaterThan(1);
		expect(lines.join(" ")).toBe(text);
		const cut = wrap(text.repeat(20), 300, 20, 2, 3);
		expect(cut).toHaveLength(3);
		expect(cut[2]).toMatch(/ …$/);
		const endless = wrap("x".repeat(1_000), 300, 20, 2, 3);
		expect(endless).toHaveLength(3);
		for (const line of [...lines, ...cut, ...endless])
			expect(widthOf(line, 20, 2)).toBeLessThanOrEqual(300);
	});
});

function scan(bytes: Buffer) {
	const scanner = new ImageScanner();
	scanner.push(bytes);
	return scanner.end();
}

/** A prompt whose end is not shown in the picture. */
function long(end: string): string {
	return `long ${"word ".repeat(300)}${end}`;
}
