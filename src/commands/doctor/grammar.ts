import {
	addCommonOptions,
	type Grammar,
	runOptions,
} from "../grammar/common.ts";

/** `flux-ultra doctor`. */
export const doctorGrammar: Grammar = (program, runtime, end) => {
	const command = program
		.command("doctor")
		.description("what is wrong with key, network, folders, and what to do")
		.option("-m, --model <id>", "the model to ask about")
		.option("--live", "buy one image, and tell what only that can show")
		.option(
			"--replay-key",
			"send its order again under its key; may buy a second image",
		)
		.option("-o, --output <path>", "where the image goes")
		.option("-f, --force", "replace a file that exists")
		.option("--report <file.json>", "all that was found, without secrets")
		.option(...runOptions.maxCost)
		.option(...runOptions.yes);
	addCommonOptions(command).action(async (options) => {
		const { doctor } = await import("./run.ts");
		end(await doctor(options, runtime));
	});
};
