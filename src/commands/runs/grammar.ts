import { type CommandGrammar, runOptions } from "../grammar/common.ts";

export const runsGrammar: CommandGrammar = {
	call: "runs",
	description: "what was run from here, and on the account",
	verbs: [
		{
			call: "list",
			description: "the history: runs made from here, newest first",
			options: [
				["--grep <text>", "only with this in the prompt or the file's name"],
				[
					"--since <time>",
					"first day that counts: 2026-11-01, 7d, 2w, 3m or today",
				],
				["-m, --model <id>", "only of this model"],
				["--project <name>", "only what was booked under this name"],
				[
					"--status <saved|failed|planned|sending|bought>",
					"only what stands like this",
				],
				[
					"-n, --limit <n>",
					"at most this many (default: 20; of --json and --csv all)",
				],
				["--account", "ask the service: every run of the account"],
				["--csv", "comma-separated values on stdout"],
			],
			run: async (options, runtime) =>
				(await import("./list.ts")).listRuns(options, runtime),
		},
		{
			call: "show <run>",
			description: "what the service says of a run",
			run: async (id, options, runtime) =>
				(await import("./show.ts")).showRun(id, options, runtime),
		},
		{
			call: "fetch [run...]",
			description:
				"bring the image of a run, waiting for its end; buys nothing",
			options: [
				["-o, --output <path>", "file, folder, template or - for stdout"],
				["--ref <batch>", "every run of a batch, also from another machine"],
				["-f, --force", "replace a file that exists"],
				["--sidecar", "write <image>.json beside the image"],
				runOptions.thumbnail,
				runOptions.timeout,
			],
			run: async (ids, options, runtime) =>
				(await import("./fetch.ts")).fetchRuns(ids, options, runtime),
		},
		{
			call: "wait <run...>",
			description: "wait for runs to end, without fetching",
			options: [runOptions.timeout],
			run: async (ids, options, runtime) =>
				(await import("./wait.ts")).waitForRuns(ids, options, runtime),
		},
		{
			call: "logs <run>",
			description: "the service's log of a run",
			run: async (id, options, runtime) =>
				(await import("./show.ts")).showLogs(id, options, runtime),
		},
	],
};
