import {
	addCommonOptions,
	type Grammar,
	runOptions,
} from "../grammar/common.ts";

/** `flux-ultra runs` and its verbs. */
export const runsGrammar: Grammar = (program, runtime, end) => {
	const runs = program
		.command("runs")
		.description("what was run from here, and on the account");
	listGrammar(runs, runtime, end);
	addCommonOptions(
		runs.command("show <run>").description("what the service says of a run"),
	).action(async (id: string, options) => {
		const { showRun } = await import("./show.ts");
		end(await showRun(id, options, runtime));
	});
	addCommonOptions(
		runs
			.command("fetch [run...]")
			.description(
				"bring the image of a run, waiting for its end; buys nothing",
			)
			.option("-o, --output <path>", "file, folder, template or - for stdout")
			.option(
				"--ref <batch>",
				"every run of a batch, also from another machine",
			)
			.option("-f, --force", "replace a file that exists")
			.option("--sidecar", "write <image>.json beside the image")
			.option(...runOptions.thumbnail)
			.option(...runOptions.timeout),
	).action(async (ids: string[], options) => {
		const { fetchRuns } = await import("./fetch.ts");
		end(await fetchRuns(ids, options, runtime));
	});
	addCommonOptions(
		runs
			.command("wait <run...>")
			.description("wait for runs to end, without fetching")
			.option(...runOptions.timeout),
	).action(async (ids: string[], options) => {
		const { waitForRuns } = await import("./wait.ts");
		end(await waitForRuns(ids, options, runtime));
	});
	addCommonOptions(
		runs.command("logs <run>").description("the service's log of a run"),
	).action(async (id: string, options) => {
		const { showLogs } = await import("./show.ts");
		end(await showLogs(id, options, runtime));
	});
};

const listGrammar: Grammar = (runs, runtime, end) => {
	addCommonOptions(
		runs
			.command("list")
			.description("the history: runs made from here, newest first")
			.option(
				"--grep <text>",
				"only with this in the prompt or the file's name",
			)
			.option(
				"--since <time>",
				"first day that counts: 2026-11-01, 7d, 2w, 3m or today",
			)
			.option("-m, --model <id>", "only of this model")
			.option("--project <name>", "only what was booked under this name")
			.option(
				"--status <saved|failed|planned|sending|bought>",
				"only what stands like this",
			)
			.option(
				"-n, --limit <n>",
				"at most this many (default: 20; of --json and --csv all)",
			)
			.option("--account", "ask the service: every run of the account")
			.option("--csv", "comma-separated values on stdout"),
	).action(async (options) => {
		const { listRuns } = await import("./list.ts");
		end(await listRuns(options, runtime));
	});
};
