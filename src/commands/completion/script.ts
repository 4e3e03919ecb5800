import { readPackageFile } from "../../package-files.ts";
import type { Runtime } from "../../runtime.ts";

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

export function printScript(shell: string, { stdout }: Runtime): number {
	stdout.write(readPackageFile(`completions/${scripts[shell]}`));
	return 0;
}
