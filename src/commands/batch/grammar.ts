import type { Command } from "commander";
import type { Runtime } from "../../runtime.ts";
import {
	addCommonOptions,
	addInputOptions,
	type End,
} from "../grammar/common.ts";

/** `flux-ultra batch`. */
export function batchGrammar(
	program: Command,
	runtime: Runtime,
	end: End,
): void {
	const batch = program
		.command("batch <file>")
		.description(
			"one image a row: text lines, JSON Lines or CSV; - for stdin. Again: only what is new is bought",
		)
		.option(
			"-o, --output <path>",
			"folder or template; columns of the row are placeholders too",
		)
		.option("--allow-absolute", "rows may name files by absolute paths too")
		.option(
			"--format <format>",
			"text, jsonl or csv (default: told by name, then by content)",
		)
		.option("-0, --null", "prompts end with a NUL and may hold lines")
		.option(
			"--prompt <template>",
			'made of columns: "a photo of {name}, {colour}"',
		)
		.option("-m, --model <id>", "model of rows that name none")
		.option("-p, --parallel <n>", "at most this many runs at once (default: 4)")
		.option("--timeout <time>", "how long to wait for a run (default: 5m)")
		.option("--no-wait", "submit all and leave")
		.option("--callback-url <url>", "have the service call back too")
		.option(
			"--listen <[host:]port>",
			"be called back here, in place of asking again and again",
		)
		.option(
			"--max-cost <usd>",
			"spend at most this: what would cost more is refused before it is sent",
		)
		.option(
			"--assume-price <usd>",
			"what to reckon an image with where its price is not known",
		)
		.option(
			"--max-failures <n|n%>",
			"buy nothing more after this many failed images",
		)
		.option(
			"--shard <i/n>",
			"only every n-th image, from the i-th: for several machines",
		)
		.option(
			"--update",
			"buy rows whose prompt changed, and replace their images",
		)
		.option("-f, --force", "buy all again, and replace any file")
		.option("--sidecar", "write <image>.json beside each image")
		.option("--report <file>", "every row with its outcome, as .csv or .jsonl")
		.option("--project <name>", "name that the spending is booked under")
		.option(
			"--dry-run",
			"list the images on stdout: index, seed, price, file, prompt; send nothing",
		)
		.option("-y, --yes", "no question before spending");
	addInputOptions(batch);
	addCommonOptions(batch).action(async (file: string, options) => {
		const { runBatch } = await import("./run.ts");
		end(await runBatch(file, options, runtime));
	});
}
