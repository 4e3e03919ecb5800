import type { CommandGrammar } from "../grammar/common.ts";

export const exportGrammar: CommandGrammar = {
	call: "export <image...>",
	description:
		"a copy beside each image, which stays as it is: cut to a paper or a shape, with dpi, colour profile, and the mark that it is AI-made",
	options: [
		[
			"--to <size>",
			"a0 … a6, letter, 4:5, story, og, 1200x800, 100x150mm, 8x10in",
		],
		["--dpi <n>", "of a print at most, else the tag (default: 300)"],
		["--min-dpi <n>", "of a print at least (default: 150)"],
		[
			"--crop <place>",
			"what stays: centre, top, bottom, left, right, attention, entropy",
		],
		["--bleed <width>", "more around a print, to be cut off: 3mm"],
		["--format <jpeg|png|tiff|webp>", "default: that of each image"],
		["--cmyk <profile.icc>", "colours of a press, as JPEG or TIFF"],
		["--with-prompt", "the prompt goes into the copy"],
		[
			"-o, --output <path>",
			"file, folder, or template (default: {name}-{to}.{ext} beside it)",
		],
		["-f, --force", "replace a copy that exists"],
	],
	run: async (images, options, runtime) =>
		(await import("./run.ts")).exportImages(images, options, runtime),
};
