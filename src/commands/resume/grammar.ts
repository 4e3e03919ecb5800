import {
	addCommonOptions,
	type Grammar,
	runOptions,
} from "../grammar/common.ts";

/** `flux-ultra resume`. */
export const resumeGrammar: Grammar = (program, runtime, end) => {
	addCommonOptions(
		program
			.command("resume")
			.description(
				"bring every image that is paid for, or may be, and is not on disk; buys nothing",
			)
			.option("-p, --parallel <n>", "at most this many at once (default: 4)")
			.option(...runOptions.timeout)
			.option(...runOptions.thumbnail)
			.option("--forget <run...>", "give up runs that can never be finished"),
	).action(async (options) => {
		const { resume } = await import("./run.ts");
		end(await resume(options, runtime));
	});
};
