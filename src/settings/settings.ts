import { Failure } from "../errors.ts";
import { service } from "../runflow/service.ts";
import { escaped } from "../system/escape.ts";
import { microsToUsd } from "../system/money.ts";
import { nearestName } from "../system/nearest-name.ts";
import {
	formatDuration,
	parseApiUrl,
	parseAsk,
	parseCount,
	parseDuration,
	parseLine,
	parseModel,
	parseSwitch,
	parseUsd,
} from "./parse.ts";

const toggle = {
	parse: parseSwitch,
	initial: false,
	words: ["true", "false"],
};

/** Every setting: how its text is read, what holds where nobody has set it, what else sets it. Lengths of time are in ms, money in micro-dollars. */
export const settings = {
	model: setting({
		parse: parseModel,
		initial: "flux-1-1-pro-ultra",
		flag: "model",
		environment: "FLUX_ULTRA_MODEL",
	}),
	output: setting({
		parse: parseLine,
		initial: undefined,
		flag: "output",
		isPath: true,
	}),
	parallel: setting({
		parse: (text) => parseCount(text, { max: 500 }),
		initial: 4,
		flag: "parallel",
	}),
	timeout: setting({
		parse: parseDuration,
		initial: 300_000,
		flag: "timeout",
		present: formatDuration,
	}),
	"max-cost": setting({
		parse: parseUsd,
		initial: undefined,
		present: microsToUsd,
		flag: "maxCost",
		environment: "FLUX_ULTRA_MAX_COST",
		isCeiling: true,
		refusesEmpty: true,
	}),
	"max-cost-per-day": setting({
		parse: parseUsd,
		initial: undefined,
		present: microsToUsd,
		environment: "FLUX_ULTRA_MAX_COST_PER_DAY",
		isCeiling: true,
		refusesEmpty: true,
	}),
	ask: setting({
		parse: parseAsk,
		initial: undefined,
		environment: "FLUX_ULTRA_ASK",
		words: ["always"],
	}),
	sidecar: setting({ ...toggle, flag: "sidecar" }),
	thumbnail: setting({ ...toggle, flag: "thumbnail" }),
	preview: setting({ ...toggle, flag: "preview" }),
	project: setting({ parse: parseLine, initial: undefined, flag: "project" }),
	"api-url": setting({
		parse: parseApiUrl,
		initial: service.apiUrl,
		environment: "FLUX_ULTRA_API_URL",
		refusesEmpty: true,
	}),
	"api-key-command": setting({ parse: parseLine, initial: undefined }),
} as const;

/** The options of the command line that are settings too, as they were typed. */
export interface SettingFlags {
	readonly model?: string | undefined;
	readonly output?: string | undefined;
	readonly parallel?: string | undefined;
	readonly timeout?: string | undefined;
	readonly maxCost?: string | undefined;
	readonly sidecar?: boolean | undefined;
	readonly thumbnail?: boolean | undefined;
	readonly preview?: boolean | undefined;
	readonly project?: string | undefined;
}

export type SettingName = keyof typeof settings;

export const settingNames = Object.keys(settings) as readonly SettingName[];

export type SettingValue<N extends SettingName> =
	| ReturnType<(typeof settings)[N]["parse"]>
	| (typeof settings)[N]["initial"];

/** The name of a setting as somebody typed it. Throws Failure `usage` with the name that comes nearest. */
export function settingNamed(text: string): SettingName {
	if (isSettingName(text)) return text;
	// A key is kept by a command of its own, where no argument shows it.
	if (/^(runflow[-_])?(api[-_]?)?(key|token)$/i.test(text))
		throw new Failure("usage", `"${text}" is no setting`, {
			hint: "flux-ultra auth login asks for the key and keeps it",
		});
	const nearest = nearestName(text, settingNames);
	throw new Failure("usage", `there is no setting "${escaped(text)}"`, {
		hint: nearest
			? `The nearest name is ${nearest}.`
			: `Settings: ${settingNames.join(", ")}.`,
	});
}

/** The row of a setting, as far as it is not about its value. */
export function settingTraits(
	name: SettingName,
): Omit<Setting<unknown, unknown>, "parse" | "initial" | "present"> {
	return settings[name];
}

export function isSettingName(text: string): text is SettingName {
	return Object.hasOwn(settings, text);
}

/** A value as `config set` would take it: milliseconds as 5m, micro-dollars as dollars; undefined where it is not set. */
export function presentSetting<N extends SettingName>(
	name: N,
	value: SettingValue<N>,
): string | number | boolean | undefined {
	if (value === undefined) return undefined;
	const { present } = settings[name] as Setting<typeof value, typeof value>;
	return present ? present(value) : value;
}

interface Setting<T, I> {
	/** Throws Failure `usage`. */
	readonly parse: (text: string) => T;
	/** The value where nobody has set one. */
	readonly initial: I;
	/** The option that sets it for one command. */
	readonly flag?: keyof SettingFlags;
	/** The variable that sets it. */
	readonly environment?: string;
	/** Whether the variable is the most that flag and file can allow: it is set by whoever runs the machine. */
	readonly isCeiling?: boolean;
	/**
	 * Whether the variable may not be set to nothing, the shell's way to switch one off: a script's `="$BUDGET"` must not lift a
	 * ceiling, nor buy in earnest what was meant for a sandbox.
	 */
	readonly refusesEmpty?: boolean;
	/** Whether a `~` at the start of what the file says is the home folder: no shell has read it. */
	readonly isPath?: boolean;
	readonly present?: (value: T) => string | number;
	/** Its values, where they are words. */
	readonly words?: readonly string[];
}

/** Keeps the types of one row of the table. */
function setting<T, I extends T | undefined>(
	row: Setting<T, I>,
): Setting<T, I> {
	return row;
}
