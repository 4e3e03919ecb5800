import { readPackageFile } from "../../package-files.ts";
import type { CommandGrammar } from "../grammar/common.ts";

/**
 * Each asks `flux-ultra __complete` with the words up to the cursor, the last one as far as it is typed, and gets lines: a word that
 * may stand there, a tab, what it is; or `:files`, which the shell knows best.
 */
const scripts: Readonly<Record<string, string>> = {
	bash: "flux-ultra.bash",
	zsh: "_flux-ultra",
	fish: "flux-ultra.fish",
	powershell: "flux-ultra.ps1",
};

export const completionGrammar: CommandGrammar = {
	call: "completion <shell>",
	description:
		"the script by which a shell completes commands, options, files, models, runs; it says where to put it",
	choices: Object.keys(scripts),
	isLocal: true,
	async run(shell, _, { stdout }) {
		stdout.write(readPackageFile(`completions/${scripts[shell]}`));
		return 0;
	},
};
