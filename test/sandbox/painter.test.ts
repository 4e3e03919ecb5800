import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { readable, spell } from "../../src/drawing/letters.ts";
import { ImageScanner } from "../../src/images/scanner.ts";
import { paintPicture } from "../../src/sandbox/painter.ts";
import { wrap } from "../../src/sandbox/picture/caption.ts";
import type { PictureRequest } from "../../src/sandbox/pictures.ts";

const request: PictureRequest = {
	prompt: "a serene japanese garden with cherry blossoms at dawn",
	seed: 42,
	model: "black-forest-labs/flux-1-1-pro-ultra",
	width: 256,
	height: 144,
	format: "jpeg",
};

describe("paintPicture", () => {
	test("paints a whole baseline JPEG of 4 megapixels, as large as a photograph's", async () => {
		const bytes = await paintPicture({ ...request, width: 2752, height: 1536 });
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
			const bytes = await paintPicture({ ...request, format });
			expect(scan(bytes)).toEqual({ format, width: 256, height: 144 });
			await sharp(bytes, { failOn: "warning" }).stats();
		},
	);

	test("gives the same bytes for the same request", async () => {
		const [one, other] = await Promise.all([
			paintPicture(request),
			paintPicture({ ...request }),
		]);
		expect(one.equals(other)).toBe(true);
	});

	test.each<[string, Partial<PictureRequest>, Partial<PictureRequest>]>([
		["prompt", {}, { prompt: `${request.prompt}.` }],
		["end of a prompt", { prompt: long("a") }, { prompt: long("b") }],
		["seed", {}, { seed: 43 }],
		["model", {}, { model: "another" }],
	])("gives other bytes for another %s", async (_, before, after) => {
		const one = await paintPicture({ ...request, ...before });
		const other = await paintPicture({ ...request, ...after });
		expect(one.equals(other)).toBe(false);
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
		const bytes = await paintPicture({ ...request, width, height });
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
		const bytes = await paintPicture({ ...request, prompt });
		expect(scan(bytes)).toEqual({ format: "jpeg", width: 256, height: 144 });
	});

	test("looks different for another seed, not only in its grain", async () => {
		const looks = (seed: number) => averages({ ...request, seed });
		const [one, other] = await Promise.all([looks(1), looks(2)]);
		const far = one.filter(
			(value, i) => Math.abs(value - (other[i] ?? 0)) > 12,
		);
		expect(far.length).toBeGreaterThan(one.length / 10);
	});

	test("takes its colours from the words of the prompt", async () => {
		const brightness = async (prompt: string) =>
			(await averages({ ...request, prompt })).reduce(
				(sum, value) => sum + value,
			);
		const [night, snow] = await Promise.all(
			["the night", "the snow"].map(brightness),
		);
		expect(snow).toBeGreaterThan(2 * (night ?? Number.NaN));
	});

	test("writes SANDBOX and the prompt into the picture, without any font", async () => {
		// In a night the words are all that is white in the lower left corner.
		const white = async (prompt: string, height = 768) => {
			const large = { ...request, prompt, width: 1376, format: "png" } as const;
			const top = Math.round(height * 0.75);
			const bytes = await paintPicture({ ...large, height });
			const pixels = await sharp(bytes)
				.extract({ left: 0, top, width: 500, height: height - top })
				.raw()
				.toBuffer();
			return pixels.filter((value) => value > 250).length;
		};
		const [title, short, full, foreign] = await Promise.all([
			white("night", 199),
			white("night"),
			white("night after night after night"),
			white("night 桜の庭"),
		]);
		expect(title).toBeGreaterThan(500);
		expect(short).toBeGreaterThan(10_000);
		expect(full).toBeGreaterThan(short + 2_000);
		expect(foreign).toBeGreaterThan(short + 500);
	});

	test("shows what an edit starts from", async () => {
		const red = { r: 250, g: 0, b: 20 };
		const input = await sharp({
			create: { width: 300, height: 200, channels: 3, background: red },
		})
			.png()
			.toBuffer();
		const inputs = [input, Buffer.from("<html>no picture")];
		const bytes = await paintPicture({ ...request, format: "png", inputs });
		const { data, info } = await sharp(bytes)
			.raw()
			.toBuffer({ resolveWithObject: true });
		let reds = 0;
		for (let i = 0; i < data.length; i += info.channels)
			if (data[i] === red.r && data[i + 1] === 0 && data[i + 2] === red.b)
				reds++;
		// A fifteenth of the picture at least.
		expect(reds * 15).toBeGreaterThan(info.width * info.height);
		const without = await paintPicture({ ...request, format: "png" });
		const broken = await paintPicture({
			...request,
			format: "png",
			inputs: inputs.slice(1),
		});
		expect(broken.equals(without)).toBe(false);
	});

	test.each(["b-w", "cmyk", "rgb16"])(
		"shows an input in the colours of %s",
		async (space) => {
			const picture = sharp(await paintPicture(request)).toColourspace(space);
			const input =
				space === "cmyk"
					? await picture.jpeg().toBuffer()
					: await picture.png().toBuffer();
			const shown = await paintPicture({ ...request, inputs: [input] });
			const refused = await paintPicture({
				...request,
				inputs: [Buffer.alloc(9)],
			});
			expect(scan(shown)).toMatchObject({ width: 256, height: 144 });
			expect(shown.equals(refused)).toBe(false);
		},
	);

	test("says how to get sharp where it is missing", async () => {
		const missing = () => Promise.reject(new Error("Cannot find package"));
		await expect(paintPicture(request, missing)).rejects.toMatchObject({
			code: "config",
			message: expect.stringContaining("sharp"),
			hint: expect.stringContaining("npm install"),
		});
	});
});

describe("the letters", () => {
	const box = spell("桜", 1);

	test("cover ASCII, each with a shape of its own", () => {
		const ascii = Array.from({ length: 0x5f }, (_, i) =>
			String.fromCharCode(0x20 + i),
		).filter((character) => readable(character) === character);
		const shapes = ascii.map((character) => spell(character, 1).path);
		expect(ascii).toHaveLength(93);
		expect(new Set([...shapes, box.path]).size).toBe(94);
	});

	test.each([
		["Größe", "Grosse"],
		["Ñandú, café", "Nandu, cafe"],
		["“x” – y…", '"x" - y...'],
		["a\u0000b\n\tc", "a b c"],
		["a\u200d\ufe0fb", "ab"],
	])("write %j as %j", (text, plain) => {
		expect(readable(text)).toBe(plain);
	});

	test("show a character of another script as a box", () => {
		expect(spell("庭", 1)).toEqual(box);
		expect(spell("🦊", 1)).toEqual(box);
		expect(spell("o", 1)).not.toEqual(box);
	});

	test("break a text into lines that fit, and say where there was more", () => {
		const text = "one two three four five six seven eight nine ten";
		const lines = wrap(text, 20, 3);
		expect(lines.map((line) => line.trim()).join(" ")).toBe(text);
		const cut = wrap(text.repeat(20), 20, 3);
		expect(cut).toHaveLength(3);
		expect(cut[2]).toMatch(/ …$/);
		const endless = wrap("x".repeat(1_000), 20, 3);
		expect(endless).toHaveLength(3);
		for (const line of [...lines, ...cut, ...endless])
			expect(line.trim().length).toBeLessThanOrEqual(20);
	});
});

function scan(bytes: Buffer) {
	const scanner = new ImageScanner();
	scanner.push(bytes);
	return scanner.end();
}

/** The picture in patches that are too large for the grain to count. */
async function averages(wanted: PictureRequest): Promise<readonly number[]> {
	const bytes = await paintPicture(wanted);
	return [...(await sharp(bytes).resize(16, 9).raw().toBuffer())];
}

/** A prompt whose end is not shown in the picture. */
function long(end: string): string {
	return `long ${"word ".repeat(300)}${end}`;
}
