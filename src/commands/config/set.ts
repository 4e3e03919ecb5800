import { Failure } from "../../errors.ts";
import { createCatalogue } from "../../models/catalogue.ts";
import type { Runtime } from "../../runtime.ts";
import { readSettings, writeSetting } from "../../settings/file.ts";
import {
	type SettingName,
	settingNamed,
	settings,
	settingTraits,
} from "../../settings/settings.ts";

/** Writes a value to config.json once it is known to be good. Silent, but for a variable that overrules it. */
export async function setSetting(
	options: { readonly name: string; readonly value: string },
	runtime: Runtime,
): Promise<number> {
	const name = settingNamed(options.name);
	check(name, options.value);
	const file = await readSettings(runtime);
	await writeSetting(file, name, options.value.trim());
	const { environment: variable, isCeiling } = settingTraits(name);
	if (variable && runtime.env[variable]?.trim())
		runtime.stderr.write(
			isCeiling
				? `Note: ${variable} is set, and is the most that this setting can allow.\n`
				: `Note: ${variable} is set, and goes before this setting.\n`,
		);
	return 0;
}

function check(name: SettingName, text: string): void {
	try {
		settings[name].parse(text);
		// A slip here would refuse every command to come.
		if (name === "model") createCatalogue().find(text);
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		throw new Failure("usage", `${name}: ${error.message}`, {
			hint: error.hint,
		});
	}
}
