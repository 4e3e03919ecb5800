import type { Runtime } from "../../runtime.ts";
import { settingsPath } from "../../settings/file.ts";
import { escaped } from "../../system/escape.ts";

/** Prints where config.json is, or would be. */
export async function printSettingsPath(
	_options: object,
	runtime: Runtime,
): Promise<number> {
	runtime.stdout.write(`${escaped(settingsPath(runtime))}\n`);
	return 0;
}
