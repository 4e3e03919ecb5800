import type { CommandGrammar } from "../grammar/common.ts";

export const verifyGrammar: CommandGrammar = {
	call: "verify [path...]",
	description:
		"are these images, or those of a folder, whole, the ones that were delivered, and all there? Exit 0 or 1",
	options: [
		["--report <file>", "the images of this report of a batch"],
		["--repair", "fetch what is damaged or missing again, free of charge"],
	],
	run: async (paths, options, runtime) =>
		(await import("./run.ts")).verify(paths, options, runtime),
};
