import { expect, it } from "vitest";
import { type Graphics, graphicsOf } from "../../src/terminal/graphics.ts";

const tmux = { TMUX: "/tmp/tmux-0/default,1,0", TERM: "tmux-256color" };

it.each<[string, Record<string, string>, Graphics]>([
	["kitty", { TERM: "xterm-kitty" }, "kitty"],
	["ghostty", { TERM_PROGRAM: "ghostty" }, "kitty"],
	["ghostty by ssh", { TERM: "xterm-ghostty" }, "kitty"],
	["WezTerm", { TERM_PROGRAM: "WezTerm" }, "iterm2"],
	["iTerm2 by ssh", { LC_TERMINAL: "iTerm2", TERM: "xterm" }, "iterm2"],
	["Konsole", { KONSOLE_VERSION: "220401" }, "iterm2"],
	["an old Konsole", { KONSOLE_VERSION: "211203" }, "256 colors"],
	["tmux in kitty", { ...tmux, KITTY_WINDOW_ID: "1" }, "24-bit"],
	["tmux in iTerm2", { ...tmux, LC_TERMINAL: "iTerm2" }, "24-bit"],
	["screen in WezTerm", { STY: "1", TERM_PROGRAM: "WezTerm" }, "256 colors"],
	["tmux by ssh", { TERM: "screen", LC_TERMINAL: "iTerm2" }, "256 colors"],
	[
		"VS Code in iTerm2",
		{ TERM_PROGRAM: "vscode", LC_TERMINAL: "iTerm2" },
		"256 colors",
	],
	["a name of all objects", { TERM_PROGRAM: "constructor" }, "256 colors"],
	["a modern terminal", { COLORTERM: "truecolor", TERM: "foot" }, "24-bit"],
	["macOS's own", { TERM_PROGRAM: "Apple_Terminal" }, "256 colors"],
	["one that says nothing", {}, "256 colors"],
])("%s shows images its own way", (_, env, graphics) => {
	expect(graphicsOf(env, "linux", true)).toBe(graphics);
});

it("takes any console of Windows for one of 24-bit colour", () => {
	expect(graphicsOf({}, "win32", true)).toBe("24-bit");
});

it("needs no colour for images that are no text", () => {
	expect([
		graphicsOf({ TERM: "xterm-kitty" }, "linux", false),
		graphicsOf({ COLORTERM: "truecolor" }, "linux", false),
	]).toEqual(["kitty", undefined]);
});
