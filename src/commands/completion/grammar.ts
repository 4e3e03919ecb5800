import type { CommandGrammar } from "../grammar/common.ts";

export const completionGrammar: CommandGrammar = {
	call: "completion <shell>",
	description:
		"the script by which a shell completes commands, options, files, models, runs; it says where to put it",
	choices: ["bash", "zsh", "fish", "powershell"],
	isLocal: true,
	run: async (shell, _, runtime) =>
		(await import("./script.ts")).printScript(shell, runtime),
};
