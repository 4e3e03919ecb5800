import { addCommonOptions, type Grammar } from "../grammar/common.ts";

/** `flux-ultra show`. */
export const showGrammar: Grammar = (program, runtime, end) => {
	addCommonOptions(
		program
			.command("show <image>")
			.description(
				"prompt, seed, model, run, cost of an image on disk, also of a renamed one; how to make it again",
			)
			.option("-s, --seed", "only its seed, for a script")
			.option("--prompt", "only its prompt")
			.option("--preview", "show the image in the terminal too"),
	).action(async (image: string, options) => {
		const { showImage } = await import("./run.ts");
		end(await showImage(image, options, runtime));
	});
};
