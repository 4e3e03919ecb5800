import { Argument } from "commander";
import type { Grammar } from "../grammar/common.ts";

/** `flux-ultra completion`. */
export const completionGrammar: Grammar = (program, runtime, end) => {
	program
		.command("completion")
		.description(
			"the script by which a shell completes commands, options, files, models, runs; it says where to put it",
		)
		.addArgument(
			new Argument("<shell>").choices(["bash", "zsh", "fish", "powershell"]),
		)
		.action(async (shell: string) => {
			const { printScript } = await import("./script.ts");
			printScript(shell, runtime);
			end(0);
		});
};
