import type { CommandGrammar } from "../grammar/common.ts";

export const showGrammar: CommandGrammar = {
	call: "show <image>",
	description:
		"prompt, seed, model, run, cost of an image on disk, also of a renamed one; how to make it again",
	options: [
		["-s, --seed", "only its seed, for a script"],
		["--prompt", "only its prompt"],
		["--preview", "show the image in the terminal too"],
	],
	run: async (image, options, runtime) =>
		(await import("./run.ts")).showImage(image, options, runtime),
};
