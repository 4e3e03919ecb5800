import type { Command } from "commander";
import type { Runtime } from "../../runtime.ts";
import { addCommonOptions, type End } from "../grammar/common.ts";

/** `flux-ultra show`. */
export function showGrammar(
	program: Command,
	runtime: Runtime,
	end: End,
): void {
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
}
