import { addCommonOptions, type Grammar } from "../grammar/common.ts";

/** `flux-ultra spend` and `balance`. */
export const moneyGrammar: Grammar = (program, runtime, end) => {
	addCommonOptions(
		program
			.command("spend")
			.description("what was spent from here, by day, model, project or month")
			.option(
				"--since <time>",
				"first day that counts: 2026-11-01, 7d, 2w, 3m or today (default: 30d)",
			)
			.option(
				"--by <day|model|project|month>",
				"what to add up by (default: day)",
			)
			.option("--csv", "comma-separated values on stdout"),
	).action(async (options) => {
		const { spend } = await import("./run.ts");
		end(await spend(options, runtime));
	});
	addCommonOptions(
		program.command("balance").description("credit left on the account"),
	).action(async (options) => {
		const { showBalance } = await import("./balance.ts");
		end(await showBalance(options, runtime));
	});
};
