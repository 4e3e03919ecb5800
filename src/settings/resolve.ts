import { Failure } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import { escaped } from "../system/escape.ts";
import { nearestName } from "../system/nearest-name.ts";
import { readSettings, type SettingsFile } from "./file.ts";
import {
	isSettingName,
	type SettingFlags,
	type SettingName,
	type SettingValue,
	settingNames,
	settings,
	settingTraits,
} from "./settings.ts";
import {
	fromEnvironment,
	fromFile,
	fromFlag,
	type Resolved,
	type SettingSources,
} from "./sources.ts";

/** What holds for this command. Money is in micro-dollars. */
export interface ResolvedSettings {
	readonly model: Resolved<string>;
	readonly output: Resolved<string | undefined>;
	readonly parallel: Resolved<number>;
	readonly timeoutMs: Resolved<number>;
	readonly maxCostMicros: Resolved<number | undefined>;
	readonly maxCostPerDayMicros: Resolved<number | undefined>;
	readonly sidecar: Resolved<boolean>;
	readonly preview: Resolved<boolean>;
	readonly project: Resolved<string | undefined>;
	readonly apiUrl: Resolved<string>;
	readonly apiKeyCommand: Resolved<string | undefined>;
}

type World = Pick<Runtime, "env" | "home" | "platform" | "cwd">;

/** Reads config.json and resolves. Throws Failure `usage` for a flag, `config` for a variable or the file. */
export async function loadSettings(
	world: World,
	flags: SettingFlags = {},
): Promise<ResolvedSettings> {
	return resolveSettings(await loadSources(world, flags));
}

/** Everything that a setting may come from. Throws Failure `config` where the file cannot be read or is broken. */
export async function loadSources(
	world: World,
	flags: SettingFlags = {},
): Promise<SettingSources> {
	const file = await readSettings(world);
	refuseUnknownNames(file);
	return {
		flags,
		env: world.env,
		file,
		// Asked for only where a value begins with it.
		get home() {
			return world.home;
		},
	};
}

/** In the order flag, environment, file, default. A value that is overruled is not read, so a flag gets past a broken file entry. */
export function resolveSettings(sources: SettingSources): ResolvedSettings {
	return {
		model: resolveSetting("model", sources),
		output: resolveSetting("output", sources),
		parallel: resolveSetting("parallel", sources),
		timeoutMs: resolveSetting("timeout", sources),
		maxCostMicros: resolveSetting("max-cost", sources),
		maxCostPerDayMicros: resolveSetting("max-cost-per-day", sources),
		sidecar: resolveSetting("sidecar", sources),
		preview: resolveSetting("preview", sources),
		project: resolveSetting("project", sources),
		apiUrl: resolveSetting("api-url", sources),
		apiKeyCommand: resolveSetting("api-key-command", sources),
	};
}

/** One setting by its name. */
export function resolveSetting<N extends SettingName>(
	name: N,
	sources: SettingSources,
): Resolved<SettingValue<N>> {
	const initial: Resolved<SettingValue<N>> = {
		value: settings[name].initial,
		source: "default",
		origin: "default",
	};
	const found = settingTraits(name).isCeiling
		? lowestLimit(name, sources)
		: (fromFlag(name, sources) ??
			fromEnvironment(name, sources) ??
			fromFile(name, sources));
	return found ?? initial;
}

/** The variable is a ceiling, set by whoever runs the machine: a flag or the file can only go below it. */
function lowestLimit<N extends SettingName>(name: N, sources: SettingSources) {
	const ceiling = fromEnvironment(name, sources);
	const wish = fromFlag(name, sources) ?? fromFile(name, sources);
	if (ceiling === undefined || wish === undefined) return wish ?? ceiling;
	return Number(wish.value) < Number(ceiling.value) ? wish : ceiling;
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
