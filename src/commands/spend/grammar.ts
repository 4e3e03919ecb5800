import type { CommandGrammar } from "../grammar/common.ts";

export const spendGrammar: CommandGrammar = {
	call: "spend",
	description: "what was spent from here, by day, model, project or month",
	options: [
		[
			"--since <time>",
			"first day that counts: 2026-11-01, 7d, 2w, 3m or today (default: 30d)",
		],
		["--by <day|model|project|month>", "what to add up by (default: day)"],
		["--csv", "comma-separated values on stdout"],
	],
	run: async (options, runtime) =>
		(await import("./run.ts")).spend(options, runtime),
};

export const balanceGrammar: CommandGrammar = {
	call: "balance",
	description: "credit left on the account",
	run: async (options, runtime) =>
		(await import("./balance.ts")).showBalance(options, runtime),
};
