import { Failure } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import { escaped } from "../system/escape.ts";
import { expandHome } from "../system/home-folder.ts";
import { nearestName } from "../system/nearest-name.ts";
import { readSettings, type SettingsFile } from "./file.ts";
import type { UserEnvironment } from "./folders.ts";
import { readOption } from "./parse.ts";
import {
	isSettingName,
	type SettingFlags,
	type SettingName,
	type SettingValue,
	settingNames,
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

/** What holds for this command, each value with where it came from. */
export type ResolvedSettings = Readonly<ReturnType<typeof resolveSettings>>;

/** Reads config.json and resolves. Throws Failure `usage` for a flag, `config` for a variable or the file. */
export async function loadSettings(
	user: UserEnvironment,
	flags: SettingFlags = {},
): Promise<ResolvedSettings> {
	return resolveSettings(await loadSources(user, flags));
}

/** Everything that a setting may come from. Throws Failure `config` where the file cannot be read or is broken. */
export async function loadSources(
	user: UserEnvironment,
	flags: SettingFlags = {},
): Promise<SettingSources> {
	const file = await readSettings(user);
	refuseUnknownNames(file);
	return {
		flags,
		env: user.env,
		file,
		// Asked for only where a value begins with it.
		get home() {
			return user.home;
		},
	};
}

/** Every setting. Money is in micro-dollars; the origin of a limit names the setting too. */
export function resolveSettings(sources: SettingSources) {
	return {
		model: resolveSetting("model", sources),
		output: resolveSetting("output", sources),
		parallel: resolveSetting("parallel", sources),
		timeoutMs: resolveSetting("timeout", sources),
		maxCostMicros: resolveLimit("max-cost", sources),
		maxCostPerDayMicros: resolveLimit("max-cost-per-day", sources),
		ask: resolveSetting("ask", sources),
		sidecar: resolveSetting("sidecar", sources),
		thumbnail: resolveSetting("thumbnail", sources),
		preview: resolveSetting("preview", sources),
		project: resolveSetting("project", sources),
		apiUrl: resolveSetting("api-url", sources),
		apiKeyCommand: resolveSetting("api-key-command", sources),
	};
}

/** One setting: flag, environment, file, default. A value that is overruled is not read, so a flag gets past a broken file entry. */
export function resolveSetting<N extends SettingName>(
	name: N,
	sources: SettingSources,
): Resolved<SettingValue<N>> {
	const found = settingTraits(name).isCeiling
		? lowestLimit(name, sources)
		: (fromFlag(name, sources) ??
			fromEnvironment(name, sources) ??
			fromFile(name, sources));
	const value: SettingValue<N> = settings[name].initial;
	return found ?? { value, source: "default", origin: "default" };
}

/** A limit, whose origin is told without its name beside it: of the file that is `max-cost in …/config.json`. */
function resolveLimit(
	name: "max-cost" | "max-cost-per-day",
	sources: SettingSources,
): Resolved<number | undefined> {
	const found = resolveSetting(name, sources);
	if (found.source !== "config") return found;
	return { ...found, origin: `${name} in ${found.origin}` };
}

/** The variable is a ceiling, set by whoever runs the machine: a flag or the file can only go below it. */
function lowestLimit<N extends SettingName>(name: N, sources: SettingSources) {
	const ceiling = fromEnvironment(name, sources);
	const asked = fromFlag(name, sources) ?? fromFile(name, sources);
	if (ceiling === undefined || asked === undefined) return asked ?? ceiling;
	return Number(asked.value) < Number(ceiling.value) ? asked : ceiling;
}

type Found<N extends SettingName> = Resolved<SettingValue<N>> | undefined;

function fromFlag<N extends SettingName>(
	name: N,
	{ flags }: SettingSources,
): Found<N> {
	const { flag } = settingTraits(name);
	const text = flag && flags?.[flag];
	if (text === undefined) return undefined;
	const origin = `--${name}`;
	const value = readOption(origin, () => parse(name, String(text)));
	return { value, source: "flag", origin };
}

function fromEnvironment<N extends SettingName>(
	name: N,
	{ env }: SettingSources,
): Found<N> {
	const { environment: origin, refusesEmpty } = settingTraits(name);
	const text = origin && env[origin];
	if (origin && text?.trim() === "" && refusesEmpty)
		throw new Failure("config", `${origin} is set, and empty`, {
			hint: "unset it, or give it a value",
		});
	if (!origin || !text?.trim()) return undefined;
	const value = readOption(origin, () => parse(name, text), "config");
	return { value, source: "environment", origin };
}

function fromFile<N extends SettingName>(
	name: N,
	sources: SettingSources,
): Found<N> {
	const { path, values } = sources.file;
	if (values[name] === undefined) return undefined;
	const stored = String(values[name]);
	const text = settingTraits(name).isPath
		? expandHome(stored, sources)
		: stored;
	const where = `${name} in ${path}`;
	const value = readOption(where, () => parse(name, text), "config");
	return { value, source: "config", origin: path };
}

function parse<N extends SettingName>(name: N, text: string): SettingValue<N> {
	return settings[name].parse(text);
}

/** A slip in the name of a limit would switch the limit off, so a name that nobody knows is no detail. */
function refuseUnknownNames({ path, values }: SettingsFile): void {
	const unknown = Object.keys(values).find((name) => !isSettingName(name));
	if (unknown === undefined) return;
	const shown = escaped(unknown);
	const nearest = nearestName(unknown, settingNames);
	const meant = nearest ? `; the nearest name is ${nearest}` : "";
	throw new Failure(
		"config",
		`${path}: there is no setting "${shown}"${meant}`,
		{ hint: `Take it out: flux-ultra config unset ${shown}` },
	);
}
