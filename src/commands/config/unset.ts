import type { Runtime } from "../../runtime.ts";
import { readSettings, writeSetting } from "../../settings/file.ts";
import { settingNamed } from "../../settings/settings.ts";

/** Takes a value out of config.json; one that was not there is no error. */
export async function unsetSetting(
	options: { readonly name: string },
	runtime: Runtime,
): Promise<number> {
	const file = await readSettings(runtime);
	// A name that only the file knows, from a slip or a newer version, can be taken out too.
	if (Object.hasOwn(file.values, options.name))
		await writeSetting(file, options.name, undefined);
	else settingNamed(options.name);
	return 0;
}
