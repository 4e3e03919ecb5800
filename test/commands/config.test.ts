import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, it } from "vitest";
import {
	getSetting,
	listSettings,
	printSettingsPath,
	setSetting,
	unsetSetting,
} from "../../src/commands/config/run.ts";
import { settingsPath } from "../../src/settings/file.ts";
import { type FakeRuntime, fakeRuntime } from "../fake-runtime.ts";

function withFile(content: string, env: Record<string, string> = {}) {
	const runtime = fakeRuntime({ env });
	mkdirSync(dirname(settingsPath(runtime)), { recursive: true });
	writeFileSync(settingsPath(runtime), content);
	return runtime;
}

async function outcome(runtime: FakeRuntime, run: Promise<number>) {
	const code = await run;
	const stdout = runtime.stdoutText();
	return { code, stdout, stderr: runtime.stderrText() };
}

function stored(runtime: FakeRuntime): unknown {
	return JSON.parse(readFileSync(settingsPath(runtime), "utf8"));
}

it("list shows each setting, its value and where it comes from", async () => {
	const runtime = withFile('{"timeout":"90s","output":"shots/"}', {
		FLUX_ULTRA_MAX_COST: "0.30",
		FLUX_ULTRA_MAX_COST_PER_DAY: "$20",
	});
	const path = settingsPath(runtime);
	expect(await outcome(runtime, listSettings({}, runtime))).toEqual({
		code: 0,
		stdout: `\
model             flux-1-1-pro-ultra      default
output            shots/                  config ${path}
parallel          4                       default
timeout           90s                     config ${path}
max-cost          0.3                     environment FLUX_ULTRA_MAX_COST
max-cost-per-day  20                      environment FLUX_ULTRA_MAX_COST_PER_DAY
ask               (not set)               default
sidecar           false                   default
thumbnail         false                   default
preview           false                   default
project           (not set)               default
api-url           https://api.runflow.io  default
api-key-command   (not set)               default
`,
		stderr: "",
	});
});

it("list --json prints an object a line", async () => {
	const runtime = withFile('{"sidecar":true}');
	const { stdout } = await outcome(
		runtime,
		listSettings({ json: true }, runtime),
	);
	const rows = stdout
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line));
	expect(rows).toHaveLength(13);
	expect(rows[1]).toEqual({
		version: 1,
		name: "output",
		value: null,
		source: "default",
		origin: "default",
	});
	expect(rows[7]).toEqual({
		version: 1,
		name: "sidecar",
		value: true,
		source: "config",
		origin: settingsPath(runtime),
	});
});

it("list shows no escape that a value holds", async () => {
	const runtime = withFile('{"output":"a\\u202eb"}');
	const { stdout } = await outcome(runtime, listSettings({}, runtime));
	expect(stdout).toContain("a\\u202eb");
});

it.each([
	["timeout", 0, "5m\n"],
	["max-cost", 0, "1.5\n"],
	["output", 1, ""],
])("get %s ends with %d and prints %j", async (name, code, stdout) => {
	const runtime = withFile('{"max-cost":"$1.50"}');
	expect(await outcome(runtime, getSetting(name, runtime))).toEqual({
		code,
		stdout,
		stderr: "",
	});
});

it("set keeps the other values, and get shows the new one", async () => {
	const runtime = withFile('{"parallel":8}');
	const set = setSetting("timeout", " 90s ", runtime);
	expect(await outcome(runtime, set)).toEqual({
		code: 0,
		stdout: "",
		stderr: "",
	});
	expect(stored(runtime)).toEqual({ parallel: 8, timeout: "90s" });
	await getSetting("timeout", runtime);
	expect(runtime.stdoutText()).toBe("90s\n");
});

it.skipIf(process.platform === "win32")(
	"set makes file and folder for their owner alone",
	async () => {
		const runtime = fakeRuntime();
		await setSetting("model", "a/b", runtime);
		const file = settingsPath(runtime);
		const modes = [file, dirname(file)].map((path) => statSync(path).mode);
		expect(modes.map((mode) => mode & 0o777)).toEqual([0o600, 0o700]);
	},
);

it.each([
	["FLUX_ULTRA_MODEL", "model", "a/b", "goes before this setting"],
	["FLUX_ULTRA_MAX_COST", "max-cost", "2", "the most that this setting"],
	[
		"FLUX_ULTRA_MAX_COST_PER_DAY",
		"max-cost-per-day",
		"2",
		"the most that this setting",
	],
])("set says that %s is set too", async (variable, name, value, note) => {
	const runtime = fakeRuntime({ env: { [variable]: "1" } });
	await setSetting(name, value, runtime);
	expect(runtime.stderrText()).toContain(note);
});

it.each([
	["timeout", "5x", 'timeout: "5x" is not a length of time'],
	["modle", "x", 'there is no setting "modle"'],
	["__proto__", "x", 'there is no setting "__proto__"'],
	["api-url", "http://evil.example", "api-url: "],
])(
	"set %s %s is refused, and nothing is written",
	async (name, value, message) => {
		const runtime = withFile("{}");
		await expect(setSetting(name, value, runtime)).rejects.toMatchObject({
			code: "usage",
			message: expect.stringContaining(message),
			hint: expect.any(String),
		});
		expect(stored(runtime)).toEqual({});
	},
);

it("an unknown name is answered with the nearest", async () => {
	const runtime = fakeRuntime();
	const expected = { code: "usage", hint: "The nearest name is model." };
	for (const command of [getSetting, unsetSetting])
		await expect(command("modle", runtime)).rejects.toMatchObject(expected);
});

it("set and unset mend a value that list cannot read", async () => {
	const runtime = withFile('{"timeout":"soon","parallel":"many"}');
	await expect(listSettings({}, runtime)).rejects.toMatchObject({
		code: "config",
		message: expect.stringContaining('"many" is not a number'),
	});
	await setSetting("timeout", "1m", runtime);
	await unsetSetting("parallel", runtime);
	expect(stored(runtime)).toEqual({ timeout: "1m" });
	expect(await listSettings({}, runtime)).toBe(0);
});

it("a name in the file that nobody knows is refused until unset takes it out", async () => {
	const runtime = withFile('{"max-csot":"1"}');
	await expect(getSetting("model", runtime)).rejects.toMatchObject({
		code: "config",
		message: `${settingsPath(runtime)}: there is no setting "max-csot"; the nearest name is max-cost`,
		hint: "Take it out: flux-ultra config unset max-csot",
	});
	await unsetSetting("max-csot", runtime);
	expect(stored(runtime)).toEqual({});
});

it("unset of a value that is not there is no error, and makes no file", async () => {
	const runtime = fakeRuntime();
	expect(await unsetSetting("model", runtime)).toBe(0);
	expect(() => statSync(settingsPath(runtime))).toThrow("ENOENT");
});

it("a broken file is an error for all but path", async () => {
	const runtime = withFile("{");
	const expected = {
		code: "config",
		message: `${settingsPath(runtime)} is not valid JSON`,
	};
	for (const command of [
		() => listSettings({}, runtime),
		() => getSetting("model", runtime),
		() => setSetting("model", "ultra", runtime),
		() => unsetSetting("model", runtime),
	])
		await expect(command()).rejects.toMatchObject(expected);
	expect(await outcome(runtime, printSettingsPath(runtime))).toEqual({
		code: 0,
		stdout: `${settingsPath(runtime)}\n`,
		stderr: "",
	});
});
