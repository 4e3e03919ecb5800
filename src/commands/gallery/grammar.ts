import type { CommandGrammar } from "../grammar/common.ts";

export const galleryGrammar: CommandGrammar = {
	call: "gallery <folder>",
	description:
		"one page of a folder of images, to look at and to send: works without a network",
	options: [
		["-o, --output <file.html>", "the page (default: index.html there)"],
		["--open", "show it in the browser"],
		[
			"--watch",
			"serve it on this machine, and show what comes, until Ctrl-C; writes nothing",
		],
		[
			"--sheet <file.jpg>",
			"a contact sheet of at most 1,600 pixels with numbers, in place of the page",
		],
		["--columns <n>", "of the sheet"],
		[
			"--caption <text>",
			'a line under each: "{sku} {name}", columns of the report',
		],
		[
			"--report <file>",
			"of the batch that made them: its columns, and the rows that failed",
		],
		["--no-prompts", "leave out how they were made: prompts, costs, commands"],
		["-f, --force", "replace a file that is no page of this command"],
	],
	run: async (folder, options, runtime) =>
		(await import("./run.ts")).gallery(folder, options, runtime),
};
