import {
	type CommandGrammar,
	inputOptions,
	inputsHeading,
	moneyOptions,
	runOptions,
} from "../grammar/common.ts";

export const batchGrammar: CommandGrammar = {
	call: "batch <file>",
	description:
		"one image a row: text lines, JSON Lines or CSV; - for stdin. Again: only what is new is bought",
	options: {
		"Rows:": [
			["--prompt <template>", 'made of columns: "a photo of {name}, {colour}"'],
			runOptions.each,
			runOptions.sample,
			["-m, --model <id>", "model of rows that name none"],
			[
				"--format <text|jsonl|csv>",
				"of the file (default: told by name, then by content)",
			],
			["-0, --null", "prompts end with a NUL and may hold lines"],
			["--limit <n>", "the first rows only"],
			["--skip-bad", "leave out rows that cannot be bought, and report them"],
			["--allow-absolute", "rows may name files by absolute paths too"],
			[
				"--shard <i/n|auto>",
				"only every n-th image, from the i-th: for several machines; auto: as their engine numbers them",
			],
			["--update", "buy rows whose prompt changed, and replace their images"],
		],
		"Files:": [
			[
				"-o, --output <path>",
				"folder or template; columns of the row are placeholders too",
			],
			["-f, --force", "buy all again, and replace any file"],
			["--sidecar", "write <image>.json beside each image"],
			runOptions.thumbnail,
			["--report <file>", "every row with its outcome, as .csv or .jsonl"],
		],
		"Money:": [
			...moneyOptions,
			[
				"--max-failures <n|n%>",
				"so many failed images are put up with; one more stops the buying",
			],
		],
		"Runs:": [
			runOptions.parallel,
			runOptions.timeout,
			["--no-wait", "submit all and leave"],
			runOptions.callbackUrl,
			runOptions.listen,
		],
		[inputsHeading]: inputOptions,
	},
	run: async (file, options, runtime) =>
		(await import("./run.ts")).runBatch(file, options, runtime),
};
