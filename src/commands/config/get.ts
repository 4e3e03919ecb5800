import type { Runtime } from "../../runtime.ts";
import { loadSources, resolveSetting } from "../../settings/resolve.ts";
import { presentSetting, settingNamed } from "../../settings/settings.ts";
import { escaped } from "../../system/escape.ts";

/** Prints the value that holds, and nothing else. As with git, 1 without a word says that there is none. */
export async function getSetting(
	options: { readonly name: string },
	runtime: Runtime,
): Promise<number> {
	const name = settingNamed(options.name);
	const { value } = resolveSetting(name, await loadSources(runtime));
	const shown = presentSetting(name, value);
	if (shown === undefined) return 1;
	runtime.stdout.write(`${escaped(String(shown))}\n`);
	return 0;
}
