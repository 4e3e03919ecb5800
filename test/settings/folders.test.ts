import { expect, it } from "vitest";
import { locateFolders } from "../../src/settings/folders.ts";

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
