import { Failure } from "../errors.ts";
import { loadSharp, type MakeSharp } from "../images/load-sharp.ts";
import type { Runtime } from "../runtime.ts";
import { type Graphics, graphicsOf } from "./graphics.ts";
import { canColor } from "./style.ts";

/** Most of the window stays for text. */
const mostRows = 20;
/** On screens of high resolution; more pixels only take longer on a slow line. */
const pixelsPerColumn = 16;

/**
 * An image file as what the terminal of stderr shows it by: lines, never wider than its window.
 * @throws {Failure} `config` where that shows no images or sharp is missing, `bad_image`
 */
export async function drawPicture(
	file: string,
	{ stderr, env, platform }: Pick<Runtime, "stderr" | "env" | "platform">,
	{ color = true, load }: PictureOptions = {},
): Promise<string> {
	const { isTTY, columns, rows = 24 } = stderr;
	if (!isTTY || !columns || env.TERM === "dumb")
		throw new Failure("config", "no preview: stderr is no terminal for images");
	const hasColor = color && canColor(stderr, env);
	const graphics = graphicsOf(env, platform, hasColor);
	if (graphics === undefined)
		throw new Failure(
			"config",
			"no preview: this terminal shows images as coloured text only, and colour is off",
		);
	const sharp = await loadSharp("no preview", load);
	const window = { columns, rows: Math.min(mostRows, Math.max(1, rows - 2)) };
	try {
		return await draw(sharp(file), graphics, window);
	} catch (cause) {
		const { message } = cause as Error;
		throw new Failure("bad_image", `no preview: ${message}`, { cause });
	}
}

interface PictureOptions {
	/** False: `--no-color`. */
	readonly color?: boolean | undefined;
	readonly load?: Parameters<typeof loadSharp>[1];
}

type Image = ReturnType<MakeSharp>;

async function draw(
	image: Image,
	graphics: Graphics,
	window: { readonly columns: number; readonly rows: number },
): Promise<string> {
	const { width, height } = await image.metadata();
	// A cell is about twice as high as it is wide.
	const fitting = Math.floor((window.rows * 2 * width) / height);
	const columns = Math.min(window.columns, Math.max(1, fitting));
	if (graphics === "24-bit") return halfBlocks(image, columns, 3);
	if (graphics === "256 colors") return halfBlocks(image, columns, 2);
	const png = await image
		.resize({ width: columns * pixelsPerColumn, withoutEnlargement: true })
		.png()
		.toBuffer();
	return graphics === "kitty" ? kitty(png, columns) : iterm2(png, columns);
}

/** https://iterm2.com/documentation-images.html */
function iterm2(png: Buffer, columns: number): string {
	const options = `inline=1;width=${columns};preserveAspectRatio=1;size=${png.length}`;
	return `\x1b]1337;File=${options}:${png.toString("base64")}\x07\n`;
}

/** https://sw.kovidgoyal.net/kitty/graphics-protocol: a payload is 4096 bytes at most. `q=2`: an answer would be taken for something typed. */
function kitty(png: Buffer, columns: number): string {
	const parts = png.toString("base64").match(/.{1,4096}/g) ?? [];
	const sequences = parts.map((part, at) => {
		const more = `m=${at < parts.length - 1 ? 1 : 0}`;
		const keys = at === 0 ? `a=T,f=100,c=${columns},q=2,${more}` : more;
		return `\x1b_G${keys};${part}\x1b\\`;
	});
	return `${sequences.join("")}\n`;
}

/** The upper half of a cell in one colour, the lower in another: pixels that are nearly square. @param level of chalk */
async function halfBlocks(
	image: Image,
	columns: number,
	level: 2 | 3,
): Promise<string> {
	const { Chalk } = await import("chalk");
	const chalk = new Chalk({ level });
	const { data, info } = await image
		.resize({ width: columns })
		.flatten()
		.raw()
		.toBuffer({ resolveWithObject: true });
	const colorAt = (x: number, y: number) => {
		const at = (y * info.width + x) * info.channels;
		return [...data.subarray(at, at + 3)] as [number, number, number];
	};
	const cell = (x: number, y: number) => {
		const upper = chalk.rgb(...colorAt(x, y));
		const isLast = y + 1 === info.height;
		return (isLast ? upper : upper.bgRgb(...colorAt(x, y + 1)))("▀");
	};
	let text = "";
	for (let y = 0; y < info.height; y += 2) {
		for (let x = 0; x < info.width; x += 1) text += cell(x, y);
		text += "\n";
	}
	return text;
}
