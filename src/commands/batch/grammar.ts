import {
	addCommonOptions,
	addInputOptions,
	addOptions,
	type Grammar,
	type OptionWords,
	runOptions,
} from "../grammar/common.ts";

/** `flux-ultra batch`. */
export const batchGrammar: Grammar = (program, runtime, end) => {
	const batch = program
		.command("batch <file>")
		.description(
			"one image a row: text lines, JSON Lines or CSV; - for stdin. Again: only what is new is bought",
		);
	addOptions(batch, batchOptions);
	addInputOptions(batch);
	addCommonOptions(batch).action(async (file: string, options) => {
		const { runBatch } = await import("./run.ts");
		end(await runBatch(file, options, runtime));
	});
};

const batchOptions: readonly OptionWords[] = [
	[
		"-o, --output <path>",
		"folder or template; columns of the row are placeholders too",
	],
	["--allow-absolute", "rows may name files by absolute paths too"],
	[
		"--format <format>",
		"text, jsonl or csv (default: told by name, then by content)",
	],
	["-0, --null", "prompts end with a NUL and may hold lines"],
	["--prompt <template>", 'made of columns: "a photo of {name}, {colour}"'],
	["-m, --model <id>", "model of rows that name none"],
	runOptions.parallel,
	runOptions.timeout,
	["--no-wait", "submit all and leave"],
	runOptions.callbackUrl,
	runOptions.listen,
	runOptions.maxCost,
	runOptions.assumePrice,
	["--max-failures <n|n%>", "buy nothing more after this many failed images"],
	[
		"--shard <i/n|auto>",
		"only every n-th image, from the i-th: for several machines; auto: as their engine numbers them",
	],
	["--update", "buy rows whose prompt changed, and replace their images"],
	["-f, --force", "buy all again, and replace any file"],
	["--sidecar", "write <image>.json beside each image"],
	["--report <file>", "every row with its outcome, as .csv or .jsonl"],
	runOptions.project,
	runOptions.dryRun,
	runOptions.yes,
];
