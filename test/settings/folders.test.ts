import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
	locateFolders,
	makePrivateFolder,
} from "../../src/settings/folders.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const itOnPosix = it.skipIf(process.platform === "win32");

const linux = {
	platform: "linux",
	home: "/home/ann",
	cwd: "/home/ann",
} as const;
const mac = {
	platform: "darwin",
	home: "/Users/ann",
	cwd: "/home/ann",
} as const;
const windows = {
	platform: "win32",
	home: "C:\\Users\\ann",
	cwd: "D:\\work",
} as const;

it.each([
	[
		{ ...linux, env: {} },
		"/home/ann/.config/flux-ultra",
		"/home/ann/.local/state/flux-ultra",
	],
	[
		{ ...linux, env: { XDG_CONFIG_HOME: "/c", XDG_STATE_HOME: "/s" } },
		"/c/flux-ultra",
		"/s/flux-ultra",
	],
	[
		{ ...linux, env: { XDG_CONFIG_HOME: "c", XDG_STATE_HOME: "" } },
		"/home/ann/.config/flux-ultra",
		"/home/ann/.local/state/flux-ultra",
	],
	[
		{ ...mac, env: { XDG_CONFIG_HOME: "/c" } },
		"/Users/ann/Library/Preferences/flux-ultra",
		"/Users/ann/Library/Application Support/flux-ultra",
	],
	[
		{ ...windows, env: {} },
		"C:\\Users\\ann\\AppData\\Roaming\\flux-ultra\\Config",
		"C:\\Users\\ann\\AppData\\Local\\flux-ultra\\Data",
	],
	[
		{ ...windows, env: { APPDATA: "E:\\R", LOCALAPPDATA: "E:\\L" } },
		"E:\\R\\flux-ultra\\Config",
		"E:\\L\\flux-ultra\\Data",
	],
	[
		{
			...windows,
			env: { FLUX_ULTRA_CONFIG_DIR: "c", FLUX_ULTRA_STATE_DIR: "E:\\s" },
		},
		"D:\\work\\c",
		"E:\\s",
	],
	[
		{
			...linux,
			env: { FLUX_ULTRA_CONFIG_DIR: "c/", FLUX_ULTRA_STATE_DIR: "/s" },
		},
		"/home/ann/c",
		"/s",
	],
])(
	"the folders follow the custom of the platform: %#",
	(world, config, state) => {
		expect(locateFolders(world)).toEqual({ config, state });
	},
);

itOnPosix(
	"a private folder is made with those above it, for its owner alone",
	async () => {
		const top = temporaryFolder();
		await makePrivateFolder(join(top, "a", "b"));
		await makePrivateFolder(join(top, "a", "b"));
		const modes = ["a", "a/b"].map((name) => statSync(join(top, name)).mode);
		expect(modes.map((mode) => mode & 0o777)).toEqual([0o700, 0o700]);
	},
);

itOnPosix("a folder below a file cannot be made", async () => {
	const file = join(temporaryFolder(), "file");
	writeFileSync(file, "");
	await expect(makePrivateFolder(join(file, "a"))).rejects.toMatchObject({
		code: "ENOTDIR",
	});
});

it.runIf(existsSync("/proc"))("a folder in /proc fails, and soon", async () => {
	await expect(makePrivateFolder("/proc/flux/a")).rejects.toMatchObject({
		code: expect.stringMatching(/ENOENT|EACCES/),
	});
});
