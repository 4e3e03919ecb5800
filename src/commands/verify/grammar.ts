import { addCommonOptions, type Grammar } from "../grammar/common.ts";

/** `flux-ultra verify`. */
export const verifyGrammar: Grammar = (program, runtime, end) => {
	addCommonOptions(
		program
			.command("verify [path...]")
			.description(
				"are these images, or those of a folder, whole, the ones that were delivered, and all there? Exit 0 or 1",
			)
			.option("--report <file>", "the images of this report of a batch")
			.option(
				"--repair",
				"fetch what is damaged or missing again, free of charge",
			),
	).action(async (paths: string[], options) => {
		const { verify } = await import("./run.ts");
		end(await verify(paths, options, runtime));
	});
};
