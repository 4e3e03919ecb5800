import type { Runtime } from "../runtime.ts";

/** How a terminal shows images: by a protocol of its own, or as text in 24-bit or 256 colours. */
export type Graphics = "kitty" | "iterm2" | "24-bit" | "256 colors";

/**
 * By what the terminal says of itself in the environment. It is not asked: over a slow line the answer would
 * come late, and be taken for something typed.
 * @returns undefined where it shows none
 */
export function graphicsOf(
	env: Runtime["env"],
	platform: NodeJS.Platform,
	hasColor: boolean,
): Graphics | undefined {
	const protocol = isInside(env) ? undefined : protocolOf(env);
	if (protocol || !hasColor) return protocol;
	// tmux takes 24-bit colours, and hands on what the terminal around it can show.
	const isExact =
		platform === "win32" ||
		env.TMUX !== undefined ||
		/^(truecolor|24bit)$/.test(env.COLORTERM ?? "");
	return isExact ? "24-bit" : "256 colors";
}

/** In tmux and screen, which pass no protocol on, but do pass on the variables of the terminal around them. */
function isInside({ TMUX, STY, TERM = "" }: Runtime["env"]): boolean {
	return Boolean(TMUX || STY) || /^(screen|tmux)/.test(TERM);
}

/**
 * Terminals that show images unless told otherwise: VS Code, whose images are a setting, is none.
 * As in https://github.com/sindresorhus/supports-terminal-graphics, which reads the environment of the process.
 */
const programs = new Map<string, Graphics>([
	["ghostty", "kitty"],
	["kitty", "kitty"],
	["WarpTerminal", "kitty"],
	["iTerm.app", "iterm2"],
	["iTerm2", "iterm2"],
	["mintty", "iterm2"],
	["rio", "iterm2"],
	["WezTerm", "iterm2"],
]);

/** The same by their TERM, which is all that ssh passes on. */
const terms = new Map<string, Graphics>([
	["xterm-ghostty", "kitty"],
	["xterm-kitty", "kitty"],
	["mintty", "iterm2"],
	["wezterm", "iterm2"],
]);

function protocolOf(env: Runtime["env"]): Graphics | undefined {
	// ssh passes LC_TERMINAL on, and a program started from iTerm2 inherits it: what it says itself goes first.
	const program = env.TERM_PROGRAM || env.LC_TERMINAL;
	if (program) return programs.get(program);
	// Konsole shows images from 22.04 on.
	if (Number(env.KONSOLE_VERSION) >= 220_400) return "iterm2";
	return terms.get(env.TERM ?? "");
}
