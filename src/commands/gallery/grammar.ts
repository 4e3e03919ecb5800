import { addCommonOptions, type Grammar } from "../grammar/common.ts";

/** `flux-ultra gallery`. */
export const galleryGrammar: Grammar = (program, runtime, end) => {
	addCommonOptions(
		program
			.command("gallery <folder>")
			.description(
				"one page of a folder of images, to look at and to send: works without a network",
			)
			.option(
				"-o, --output <file.html>",
				"the page (default: index.html there)",
			)
			.option("--open", "show it in the browser")
			.option(
				"--watch",
				"serve it on this machine, and show what comes, until Ctrl-C; writes nothing",
			)
			.option(
				"--sheet <file.jpg>",
				"a contact sheet of at most 1,600 pixels with numbers, in place of the page",
			)
			.option("--columns <n>", "of the sheet")
			.option(
				"--caption <text>",
				'a line under each: "{sku} {name}", columns of the report',
			)
			.option(
				"--report <file>",
				"of the batch that made them: its columns, and the rows that failed",
			)
			.option("-f, --force", "replace a file that is no page of this command"),
	).action(async (folder: string, options) => {
		const { gallery } = await import("./run.ts");
		end(await gallery(folder, options, runtime));
	});
};
