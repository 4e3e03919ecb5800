import { Failure } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import type { SettingsFile } from "./file.ts";
import {
	type SettingFlags,
	type SettingName,
	type SettingValue,
	settings,
	settingTraits,
} from "./settings.ts";

export interface Resolved<T> {
	readonly value: T;
	readonly source: "flag" | "environment" | "config" | "default";
	/** The flag, the variable, the path of the file, or `default`. */
	readonly origin: string;
}

/** Everything that a setting may come from. */
export interface SettingSources {
	readonly flags?: SettingFlags;
	readonly env: Runtime["env"];
	readonly file: SettingsFile;
	/** Home folder of the user. */
	readonly home: string;
}

/** The value that a flag gives, undefined where there is none. Throws Failure `usage`. */
export function fromFlag<N extends SettingName>(
	name: N,
	{ flags }: SettingSources,
): Resolved<SettingValue<N>> | undefined {
	const key = settings[name].flag;
	const text = key && flags?.[key];
	if (text === undefined) return undefined;
	const origin = `--${name}`;
	const value = parse(name, String(text), "usage", origin);
	return { value, source: "flag", origin };
}

/** The value that a variable gives, undefined where there is none. Throws Failure `config`. */
export function fromEnvironment<N extends SettingName>(
	name: N,
	{ env }: SettingSources,
): Resolved<SettingValue<N>> | undefined {
	const origin = settings[name].environment;
	const text = origin && env[origin];
	// A variable that is set to nothing is the shell's way to switch it off.
	if (!origin || !text?.trim()) return undefined;
	const value = parse(name, text, "config", origin);
	return { value, source: "environment", origin };
}

/** The value that config.json gives, undefined where there is none. Throws Failure `config`. */
export function fromFile<N extends SettingName>(
	name: N,
	sources: SettingSources,
): Resolved<SettingValue<N>> | undefined {
	const { file } = sources;
	const stored = file.values[name];
	if (stored === undefined) return undefined;
	const where = `${name} in ${file.path}`;
	const text = settingTraits(name).isPath
		? String(stored).replace(/^~(?=$|[/\\])/, () => sources.home)
		: String(stored);
	const value = parse(name, text, "config", where);
	return { value, source: "config", origin: file.path };
}

/** Parses, and says in the error where the text came from. */
function parse<N extends SettingName>(
	name: N,
	text: string,
	code: "usage" | "config",
	where: string,
): SettingValue<N> {
	try {
		return settings[name].parse(text);
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		throw new Failure(code, `${where}: ${error.message}`, { hint: error.hint });
	}
}
