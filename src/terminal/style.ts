import type { OutputStream, Runtime } from "../runtime.ts";

/** How text is set off on one stream; where colour is not wanted, not at all. */
export type Style = Readonly<
	Record<"bold" | "dim" | "red" | "green" | "yellow", (text: string) => string>
>;

/** chalk is loaded only where there is colour. */
export async function createStyle(hasColor: boolean): Promise<Style> {
	if (!hasColor) return plain;
	const { Chalk } = await import("chalk");
	return new Chalk({ level: 1 });
}

const same = (text: string) => text;
const plain: Style = {
	bold: same,
	dim: same,
	red: same,
	green: same,
	yellow: same,
};

/** Whether colour is wanted on this stream, flags apart: on a terminal, or where FORCE_COLOR asks for it; NO_COLOR (no-color.org) wins. */
export function canColor(stream: OutputStream, env: Runtime["env"]): boolean {
	if (env.NO_COLOR) return false;
	if (env.FORCE_COLOR !== undefined)
		return !["0", "false"].includes(env.FORCE_COLOR);
	return stream.isTTY === true && env.TERM !== "dumb";
}

/** Whether something may move on this stream: a terminal with a width (some say 0 columns, where a spinner never ends), and no NO_COLOR. */
export function canAnimate(stream: OutputStream, env: Runtime["env"]): boolean {
	return (
		stream.isTTY === true &&
		(stream.columns ?? 0) > 0 &&
		env.TERM !== "dumb" &&
		!env.NO_COLOR
	);
}

/** Columns that a line may take: those of the terminal; elsewhere it may be of any length. */
export function lineWidth(stream: OutputStream): number {
	return (stream.isTTY && stream.columns) || Number.POSITIVE_INFINITY;
}

/** The turning figure, and the blanks beside it. */
const frameWidth = 3;

/**
 * A spinner with the text of the moment below the lines that stay: ora redraws it below whatever is written to the stream.
 * While the process is suspended the terminal is the shell's, with its cursor.
 */
export async function createSpinner(
	{ stderr, onSuspend }: Pick<Runtime, "stderr" | "onSuspend">,
	hasColor: boolean,
	text: () => string,
): Promise<{ start(): void; stop(): void }> {
	const [{ default: ora }, { default: cliTruncate }] = await Promise.all([
		import("ora"),
		import("cli-truncate"),
	]);
	const spinner = ora({
		stream: stderr as NodeJS.WriteStream,
		isEnabled: true,
		// Left to itself it asks the process for colour, which knows neither NO_COLOR nor this stream.
		color: hasColor ? "cyan" : false,
		// Reading stdin here would eat what is typed, and Ctrl-C with it.
		discardStdin: false,
		// Asked again at each frame: seconds pass also while nothing else happens. A line that wraps would be
		// counted anew when the window gets wider, and lines above it be lost.
		suffixText: () =>
			text()
				.split("\n")
				.map((line) => cliTruncate(line, (stderr.columns || 80) - frameWidth))
				.join("\n"),
	});
	let forget: (() => void) | undefined;
	return {
		start() {
			forget ??= onSuspend(
				() => spinner.stop(),
				() => spinner.start(),
			);
			spinner.start();
		},
		stop() {
			forget?.();
			forget = undefined;
			spinner.stop();
		},
	};
}
