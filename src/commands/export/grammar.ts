import { addCommonOptions, type Grammar } from "../grammar/common.ts";

/** `flux-ultra export`. */
export const exportGrammar: Grammar = (program, runtime, end) => {
	addCommonOptions(
		program
			.command("export <image...>")
			.description(
				"a copy beside each image, which stays as it is: cut to a paper or a shape, with dpi, colour profile, and the mark that it is AI-made",
			)
			.option(
				"--to <size>",
				"a0 … a6, letter, 4:5, story, og, 1200x800, 100x150mm, 8x10in",
			)
			.option("--dpi <n>", "of a print at most, else the tag (default: 300)")
			.option("--min-dpi <n>", "of a print at least (default: 150)")
			.option(
				"--crop <place>",
				"what stays: centre, top, bottom, left, right, attention, entropy",
			)
			.option("--bleed <width>", "more around a print, to be cut off: 3mm")
			.option("--format <jpeg|png|tiff|webp>", "default: that of each image")
			.option("--cmyk <profile.icc>", "colours of a press, as JPEG or TIFF")
			.option("--with-prompt", "the prompt goes into the copy")
			.option(
				"-o, --output <path>",
				"file, folder, or template (default: {name}-{to}.{ext} beside it)",
			)
			.option("-f, --force", "replace a copy that exists"),
	).action(async (images: string[], options) => {
		const { exportImages } = await import("./run.ts");
		end(await exportImages(images, options, runtime));
	});
};
