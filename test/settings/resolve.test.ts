import { describe, expect, it } from "vitest";
import {
	resolveSetting,
	resolveSettings,
	type SettingSources,
} from "../../src/settings/resolve.ts";
import type { SettingFlags } from "../../src/settings/settings.ts";

type Values = SettingSources["file"]["values"];

function sources(
	flags: SettingFlags,
	env: SettingSources["env"],
	values: Values,
): SettingSources {
	const file = { path: "/c/config.json", values };
	return { flags, env, file, home: "/home/ada" };
}

const byDefault = { source: "default", origin: "default" };

it("without flags, variables and file the defaults hold", () => {
	expect(resolveSettings(sources({}, {}, {}))).toEqual({
		model: { value: "flux-1-1-pro-ultra", ...byDefault },
		output: { value: undefined, ...byDefault },
		parallel: { value: 4, ...byDefault },
		timeoutMs: { value: 300_000, ...byDefault },
		maxCostMicros: { value: undefined, ...byDefault },
		maxCostPerDayMicros: { value: undefined, ...byDefault },
		thumbnail: { value: false, ...byDefault },
		ask: { value: undefined, ...byDefault },
		sidecar: { value: false, ...byDefault },
		preview: { value: false, ...byDefault },
		project: { value: undefined, ...byDefault },
		apiUrl: { value: "https://api.runflow.io", ...byDefault },
		apiKeyCommand: { value: undefined, ...byDefault },
	});
});

describe("a flag goes before the environment, that before the file", () => {
	const env = { FLUX_ULTRA_MODEL: "from-env" };
	const values = { model: "from-file" };

	it.each([
		[{ model: "from-flag" }, env, values, "from-flag", "flag", "--model"],
		[{}, env, values, "from-env", "environment", "FLUX_ULTRA_MODEL"],
		[{}, {}, values, "from-file", "config", "/c/config.json"],
		[
			{},
			{ FLUX_ULTRA_MODEL: " " },
			values,
			"from-file",
			"config",
			"/c/config.json",
		],
	])("%j %j %j gives %s", (flags, variables, file, value, source, origin) => {
		expect(resolveSetting("model", sources(flags, variables, file))).toEqual({
			value,
			source,
			origin,
		});
	});
});

it("values of the file may be text, numbers and switches", () => {
	const values = {
		parallel: 500,
		sidecar: true,
		preview: "on",
		timeout: "90s",
	};
	expect(resolveSettings(sources({}, {}, values))).toMatchObject({
		parallel: { value: 500 },
		sidecar: { value: true },
		preview: { value: true },
		timeoutMs: { value: 90_000 },
	});
});

it.each([
	["~/Pictures/", "/home/ada/Pictures/"],
	["~", "/home/ada"],
	["~ada/x", "~ada/x"],
	["in/~/x", "in/~/x"],
])("the file's output %s is %s: no shell has read it", (text, value) => {
	const stored = sources({}, {}, { output: text });
	expect(resolveSetting("output", stored).value).toBe(value);
});

it("a flag's ~ is the shell's", () => {
	const typed = sources({ output: "~/x" }, {}, {});
	expect(resolveSetting("output", typed).value).toBe("~/x");
});

it("a flag can switch off what the file switches on", () => {
	const both = sources({ sidecar: false }, {}, { sidecar: true });
	expect(resolveSetting("sidecar", both)).toEqual({
		value: false,
		source: "flag",
		origin: "--sidecar",
	});
});

describe("FLUX_ULTRA_MAX_COST is a ceiling", () => {
	it.each<
		[
			flag: string | undefined,
			variable: string | undefined,
			stored: string | undefined,
			value: number | undefined,
			source: string,
		]
	>([
		[undefined, undefined, undefined, undefined, "default"],
		[undefined, "1", undefined, 1_000_000, "environment"],
		["0.5", "1", undefined, 500_000, "flag"],
		["2", "1", undefined, 1_000_000, "environment"],
		["1", "1", undefined, 1_000_000, "environment"],
		[undefined, "1", "0.5", 500_000, "config"],
		[undefined, "1", "2", 1_000_000, "environment"],
		["0.8", "1", "0.5", 800_000, "flag"],
		["5", "1", "0.5", 1_000_000, "environment"],
		["2", undefined, "1", 2_000_000, "flag"],
		["0", "1", undefined, 0, "flag"],
		[undefined, "0", "1", 0, "environment"],
	])(
		"flag %s, variable %s, file %s: %s from %s",
		(flag, variable, stored, value, source) => {
			const found = resolveSetting(
				"max-cost",
				sources(
					{ maxCost: flag },
					{ FLUX_ULTRA_MAX_COST: variable },
					stored === undefined ? {} : { "max-cost": stored },
				),
			);
			expect(found).toMatchObject({ value, source });
		},
	);

	it.each([
		["1", undefined, 1_000_000, "environment"],
		["1", "0.5", 500_000, "config"],
		["1", "2", 1_000_000, "environment"],
		[undefined, "2", 2_000_000, "config"],
		["0", "2", 0, "environment"],
	])(
		"so is FLUX_ULTRA_MAX_COST_PER_DAY: variable %s, file %s: %s from %s",
		(variable, stored, value, source) => {
			const found = resolveSetting(
				"max-cost-per-day",
				sources(
					{},
					{ FLUX_ULTRA_MAX_COST_PER_DAY: variable },
					stored === undefined ? {} : { "max-cost-per-day": stored },
				),
			);
			expect(found).toMatchObject({ value, source });
		},
	);

	it.each([
		"FLUX_ULTRA_MAX_COST",
		"FLUX_ULTRA_MAX_COST_PER_DAY",
		"FLUX_ULTRA_API_URL",
	])(
		"%s that is set and empty, as by a script's unset variable, is refused",
		(name) => {
			for (const text of ["", " "])
				expect(() =>
					resolveSettings(sources({}, { [name]: text }, {})),
				).toThrow(
					expect.objectContaining({
						code: "config",
						message: `${name} is set, and empty`,
					}),
				);
		},
	);

	it("even where a flag is given, a ceiling that cannot be read is an error", () => {
		expect(() =>
			resolveSettings(
				sources({ maxCost: "1" }, { FLUX_ULTRA_MAX_COST: "lots" }, {}),
			),
		).toThrow(
			expect.objectContaining({
				code: "config",
				message: 'FLUX_ULTRA_MAX_COST: "lots" is not an amount in US dollars',
			}),
		);
	});
});

it.each([
	[
		sources({ timeout: "5x" }, {}, {}),
		"usage",
		'--timeout: "5x" is not a length of time',
	],
	[
		sources({}, { FLUX_ULTRA_API_URL: "http://evil.example" }, {}),
		"config",
		'FLUX_ULTRA_API_URL: "http://evil.example/" is not encrypted, and the key would travel to it',
	],
	[
		sources({}, {}, { parallel: 501 }),
		"config",
		'parallel in /c/config.json: "501" is not a number that is allowed here',
	],
	[
		sources({}, {}, { parallel: 0 }),
		"config",
		'parallel in /c/config.json: "0" is not a number that is allowed here',
	],
])("an error names the place of the value: %#", (given, code, message) => {
	expect(() => resolveSettings(given)).toThrow(
		expect.objectContaining({ code, message }),
	);
});

it("a flag gets past a broken value in the file", () => {
	const given = sources({ timeout: "1m" }, {}, { timeout: "soon" });
	expect(resolveSetting("timeout", given).value).toBe(60_000);
});
