import { writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { expect, it } from "vitest";
import { drawPicture } from "../../src/terminal/picture.ts";
import { fakeRuntime } from "../fake-runtime.ts";
import { temporaryFolder } from "../temporary-folder.ts";

type Size = readonly [number, number];

/** A terminal with a window of so many columns and rows. */
function terminal(env: Record<string, string>, [columns, rows]: Size) {
	const { stderr } = fakeRuntime({ tty: { stderr: true } });
	const window = Object.assign(stderr, { columns, rows });
	return { stderr: window, env, platform: "linux" } as const;
}

const exact = { COLORTERM: "truecolor" };

async function picture(
	[width, height]: Size,
	background = "#ff0000",
): Promise<string> {
	const file = join(temporaryFolder(), "picture.png");
	await sharp({ create: { width, height, channels: 4, background } }).toFile(
		file,
	);
	return file;
}

const [start, bell] = ["\u001b", "\u0007"];

/** Columns and rows of text without its colours, and the colours without their ends. */
function readBlocks(text: string): { size: Size; colors: ReadonlySet<string> } {
	const lines = text
		.replaceAll(new RegExp(`${start}\\[[\\d;]+m`, "g"), "")
		.split("\n");
	expect(new Set(lines.join(""))).toEqual(new Set("▀"));
	const found = text.matchAll(new RegExp(`${start}\\[([34]8;[\\d;]+)m`, "g"));
	return {
		size: [lines[0]?.length ?? 0, lines.length - 1],
		colors: new Set([...found].map(([, color = ""]) => color)),
	};
}

it.each<[string, Size, Size, Size]>([
	["wide", [320, 180], [80, 24], [71, 20]],
	["in a narrow window", [320, 180], [20, 24], [20, 6]],
	["in a low window", [320, 180], [80, 8], [21, 6]],
	["in a window of one line", [320, 180], [80, 1], [3, 1]],
	["a panorama", [900, 100], [80, 24], [80, 5]],
	["a strip", [1, 400], [80, 24], [1, 200]],
])("half blocks keep to the window: %s", async (_, size, window, blocks) => {
	const text = await drawPicture(await picture(size), terminal(exact, window));
	expect(readBlocks(text).size).toEqual(blocks);
});

it.each([
	["24-bit", exact, "#ff0000", ["38;2;255;0;0", "48;2;255;0;0"]],
	["256 of them", {}, "#ff0000", ["38;5;196", "48;5;196"]],
])("half blocks show the colours: %s", async (_, env, color, colors) => {
	const file = await picture([32, 32], color);
	const text = await drawPicture(file, terminal(env, [80, 24]));
	expect(readBlocks(text).colors).toEqual(new Set(colors));
});

it("half blocks of a transparent picture are dark", async () => {
	const file = await picture([32, 18], "#ffffff00");
	const text = await drawPicture(file, terminal(exact, [80, 24]));
	expect(readBlocks(text).colors).toEqual(
		new Set(["38;2;0;0;0", "48;2;0;0;0"]),
	);
});

/** What an image in base64 is. */
async function readImage(base64: string) {
	const image = sharp(Buffer.from(base64, "base64"));
	const { format, width, height } = await image.metadata();
	const { dominant } = await image.stats();
	return { format, width, height, isRed: dominant.r > 240 && dominant.g < 16 };
}

it("iTerm2's protocol carries the picture, scaled to columns of the window", async () => {
	const file = await picture([2752, 1536]);
	const at = terminal({ TERM_PROGRAM: "WezTerm" }, [40, 24]);
	const text = await drawPicture(file, at);
	const [, size, base64 = ""] =
		new RegExp(
			`^${start}\\]1337;File=inline=1;width=40;preserveAspectRatio=1;size=(\\d+):([\\w+/=]+)${bell}\n$`,
		).exec(text) ?? [];
	expect(Buffer.from(base64, "base64")).toHaveLength(Number(size));
	expect(await readImage(base64)).toEqual({
		format: "png",
		width: 640,
		height: 357,
		isRed: true,
	});
});

it("kitty's protocol carries the picture in small parts, and asks for no answer", async () => {
	const file = join(temporaryFolder(), "noise.png");
	const noise = { type: "gaussian", mean: 128, sigma: 60 } as const;
	const create = { width: 96, height: 54, channels: 3, noise } as const;
	await sharp({ create: { ...create, background: "#000" } }).toFile(file);
	const at = terminal({ TERM: "xterm-kitty" }, [80, 24]);
	const text = await drawPicture(file, at);
	const parts = [
		...text.matchAll(
			new RegExp(`${start}_G([^;]*);([\\w+/=]{1,4096})${start}\\\\`, "g"),
		),
	];
	expect(parts.length).toBeGreaterThan(2);
	expect(`${parts.map(([part]) => part).join("")}\n`).toBe(text);
	expect(parts.map(([, keys]) => keys)).toEqual([
		"a=T,f=100,c=71,q=2,m=1",
		...parts.slice(2).map(() => "m=1"),
		"m=0",
	]);
	const base64 = parts.map(([, , data]) => data).join("");
	const { format, width } = await readImage(base64);
	expect([format, width]).toEqual(["png", 96]);
});

it("says why there is no picture", async () => {
	const file = await picture([2, 2]);
	const broken = join(temporaryFolder(), "broken.jpg");
	writeFileSync(broken, "no picture");
	const { stderr } = fakeRuntime();
	const pipe = { ...terminal(exact, [80, 24]), stderr };
	const noColor = { ...exact, NO_COLOR: "1" };
	const ways: [Parameters<typeof drawPicture>, RegExp][] = [
		[[file, pipe], /stderr is no terminal/],
		[[file, terminal({ TERM: "dumb" }, [80, 24])], /stderr is no terminal/],
		[[file, terminal(exact, [0, 24])], /stderr is no terminal/],
		[[file, terminal(noColor, [80, 24])], /colour is off/],
		[[file, terminal(exact, [80, 24]), { color: false }], /colour is off/],
		[
			[
				file,
				terminal(exact, [80, 24]),
				{ load: () => Promise.reject(new Error("no build")) },
			],
			/sharp is missing/,
		],
		[[broken, terminal(exact, [80, 24])], /unsupported image format/],
	];
	for (const [given, reason] of ways)
		await expect(drawPicture(...given)).rejects.toThrow(reason);
});
