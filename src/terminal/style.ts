import type { OutputStream } from "../runtime.ts";

/** How text is set off on one stream; where colour is not wanted, not at all. */
export interface Style {
	readonly bold: (text: string) => string;
	readonly dim: (text: string) => string;
	readonly red: (text: string) => string;
	readonly green: (text: string) => string;
	readonly yellow: (text: string) => string;
}

/**
 * Colour on a terminal, and nowhere else unless FORCE_COLOR asks for it; NO_COLOR (no-color.org) and
 * `--no-color` win. chalk is loaded only where there is colour.
 */
export async function createStyle(
	stream: OutputStream,
	env: Readonly<Record<string, string | undefined>>,
	noColor = false,
): Promise<Style> {
	if (noColor || !canColor(stream, env)) return plain;
	const { Chalk } = await import("chalk");
	const chalk = new Chalk({ level: 1 });
	return {
		bold: (text) => chalk.bold(text),
		dim: (text) => chalk.dim(text),
		red: (text) => chalk.red(text),
		green: (text) => chalk.green(text),
		yellow: (text) => chalk.yellow(text),
	};
}

/** Whether something may move on this stream: a terminal with a width (some say 0 columns, where a spinner never ends), and no NO_COLOR. */
export function canAnimate(
	stream: OutputStream,
	env: Readonly<Record<string, string | undefined>>,
): boolean {
	return (
		stream.isTTY === true &&
		(stream.columns ?? 0) > 0 &&
		env.TERM !== "dumb" &&
		!env.NO_COLOR
	);
}

const same = (text: string) => text;
const plain: Style = {
	bold: same,
	dim: same,
	red: same,
	green: same,
	yellow: same,
};

/** Whether colour is wanted on this stream, flags apart. */
export function canColor(
	stream: OutputStream,
	env: Readonly<Record<string, string | undefined>>,
): boolean {
	if (env.NO_COLOR) return false;
	if (env.FORCE_COLOR !== undefined)
		return !["0", "false"].includes(env.FORCE_COLOR);
	return stream.isTTY === true && env.TERM !== "dumb";
}
