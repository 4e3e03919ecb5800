import { type CommandGrammar, runOptions } from "../grammar/common.ts";

export const doctorGrammar: CommandGrammar = {
	call: "doctor",
	description: "what is wrong with key, network, folders, and what to do",
	options: [
		["-m, --model <id>", "the model to ask about"],
		["--live", "buy one image, and tell what only that can show"],
		[
			"--replay-key",
			"send its order again under its key; may buy a second image",
		],
		["-o, --output <path>", "where the image goes"],
		["-f, --force", "replace a file that exists"],
		["--report <file.json>", "all that was found, without secrets"],
		runOptions.maxCost,
		runOptions.yes,
	],
	run: async (options, runtime) =>
		(await import("./run.ts")).doctor(options, runtime),
};
