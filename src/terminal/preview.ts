import { readFile } from "node:fs/promises";
import type { OutputStream, Runtime } from "../runtime.ts";

/** Shows an image in the terminal. @throws whatever keeps it from being read or drawn */
export type Preview = (file: string) => Promise<void>;

/** Most of the window stays for text. */
const mostRows = 20;

/**
 * How this terminal shows images: by iTerm2's protocol where it has that (the file's own bytes, scaled by
 * the terminal), else with two pixels a character in 24-bit colour. Undefined where there is nobody to see it.
 */
export function findPreview({
	stderr,
	env,
}: Pick<Runtime, "stderr" | "env">): Preview | undefined {
	if (!stderr.isTTY || !stderr.columns || env.TERM === "dumb") return undefined;
	const draw = speaksITerm(env) ? inlineImage : halfBlocks;
	return async (file) => {
		stderr.write(await draw(file, stderr));
	};
}

/** Terminals that are known to show iTerm2's inline images, by what they say of themselves. */
function speaksITerm(env: Runtime["env"]): boolean {
	const program = env.LC_TERMINAL ?? env.TERM_PROGRAM ?? "";
	// Inside tmux or screen the sequence would not reach the terminal.
	const isInside = /^(screen|tmux)/.test(env.TERM ?? "");
	return !isInside && /^(iTerm|WezTerm|mintty|rio)/.test(program);
}

/** https://iterm2.com/documentation-images.html */
async function inlineImage(file: string): Promise<string> {
	const bytes = await readFile(file);
	const options = `inline=1;height=${mostRows};preserveAspectRatio=1;size=${bytes.length}`;
	return `\x1b]1337;File=${options}:${bytes.toString("base64")}\x07\n`;
}

/** The upper half of a cell in one colour, the lower in another: pixels that are nearly square. */
async function halfBlocks(file: string, stream: OutputStream): Promise<string> {
	const { default: sharp } = await import("sharp");
	const { data, info } = await sharp(file)
		.resize({
			width: Math.min(stream.columns ?? 80, 80),
			height: mostRows * 2,
			fit: "inside",
		})
		.removeAlpha()
		.raw()
		.toBuffer({ resolveWithObject: true });
	const colorAt = (x: number, y: number) => {
		const at = (Math.min(y, info.height - 1) * info.width + x) * info.channels;
		return `${data[at]};${data[at + 1]};${data[at + 2]}`;
	};
	let text = "";
	for (let y = 0; y < info.height; y += 2) {
		for (let x = 0; x < info.width; x += 1)
			text += `\x1b[38;2;${colorAt(x, y)};48;2;${colorAt(x, y + 1)}m▀`;
		text += "\x1b[0m\n";
	}
	return text;
}
