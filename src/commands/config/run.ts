import { createCatalogue } from "../../models/catalogue.ts";
import type { Runtime } from "../../runtime.ts";
import {
	readSettings,
	settingsPath,
	writeSetting,
} from "../../settings/file.ts";
import { readOption } from "../../settings/parse.ts";
import { loadSources, resolveSetting } from "../../settings/resolve.ts";
import {
	presentSetting,
	settingNamed,
	settingNames,
	settings,
	settingTraits,
} from "../../settings/settings.ts";
import { escaped, escapedJson } from "../../system/escape.ts";

/** Prints every setting, its value and where that comes from: a table, or a JSON object a line. */
export async function listSettings(
	options: { readonly json?: boolean | undefined },
	runtime: Runtime,
): Promise<number> {
	const sources = await loadSources(runtime);
	const rows = settingNames.map((name) => {
		const { value, source, origin } = resolveSetting(name, sources);
		const shown = presentSetting(name, value) ?? null;
		return { version: 1, name, value: shown, source, origin };
	});
	const cells = rows.map(({ name, value, source, origin }) => ({
		name,
		value: value === null ? "(not set)" : escaped(String(value)),
		from: source === "default" ? source : escaped(`${source} ${origin}`),
	}));
	const nameWidth = Math.max(...cells.map(({ name }) => name.length));
	const longest = Math.max(...cells.map(({ value }) => value.length));
	// One long command must not push the last column off the screen for all.
	const valueWidth = Math.min(40, longest);
	const lines = options.json
		? rows.map(escapedJson)
		: cells.map(
				({ name, value, from }) =>
					`${name.padEnd(nameWidth)}  ${value.padEnd(valueWidth)}  ${from}`,
			);
	runtime.stdout.write(`${lines.join("\n")}\n`);
	return 0;
}

/** Prints the value that holds, and nothing else. As with git, 1 without a word says that there is none. */
export async function getSetting(
	text: string,
	runtime: Runtime,
): Promise<number> {
	const name = settingNamed(text);
	const { value } = resolveSetting(name, await loadSources(runtime));
	const shown = presentSetting(name, value);
	if (shown === undefined) return 1;
	runtime.stdout.write(`${escaped(String(shown))}\n`);
	return 0;
}

/** Writes a value to config.json once it is known to be good. Silent, but for a variable that overrules it. */
export async function setSetting(
	text: string,
	value: string,
	runtime: Runtime,
): Promise<number> {
	const name = settingNamed(text);
	const check = () => {
		settings[name].parse(value);
		// A slip here would refuse every command to come.
		if (name === "model") createCatalogue().find(value);
	};
	readOption(name, check, "usage");
	await writeSetting(await readSettings(runtime), name, value.trim());
	const { environment: variable, isCeiling } = settingTraits(name);
	if (variable && runtime.env[variable]?.trim())
		runtime.stderr.write(
			`Note: ${variable} is set, and ${isCeiling ? "is the most that this setting can allow" : "goes before this setting"}.\n`,
		);
	return 0;
}

/** Takes a value out of config.json; one that was not there is no error. */
export async function unsetSetting(
	name: string,
	runtime: Runtime,
): Promise<number> {
	const file = await readSettings(runtime);
	// A name that only the file knows, from a slip or a newer version, can be taken out too.
	if (Object.hasOwn(file.values, name))
		await writeSetting(file, name, undefined);
	else settingNamed(name);
	return 0;
}

export async function printSettingsPath(runtime: Runtime): Promise<number> {
	runtime.stdout.write(`${escaped(settingsPath(runtime))}\n`);
	return 0;
}
