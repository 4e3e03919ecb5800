import { type CommandGrammar, runOptions } from "../grammar/common.ts";

export const resumeGrammar: CommandGrammar = {
	call: "resume",
	description:
		"bring every image that is paid for, or may be, and is not on disk; buys nothing",
	options: [
		["-p, --parallel <n>", "at most this many at once (default: 4)"],
		runOptions.timeout,
		runOptions.thumbnail,
		["--forget <run...>", "give up runs that can never be finished"],
	],
	run: async (options, runtime) =>
		(await import("./run.ts")).resume(options, runtime),
};
