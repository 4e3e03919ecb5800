import { posix, win32 } from "node:path";
import type { Runtime } from "../runtime.ts";

/** What says where a user's files are. */
export type UserEnvironment = Pick<
	Runtime,
	"env" | "home" | "platform" | "cwd"
>;

/**
 * Where settings and unfinished work are kept, as absolute paths; nothing is created.
 * FLUX_ULTRA_CONFIG_DIR and FLUX_ULTRA_STATE_DIR win, then the custom of the platform: XDG on Linux, Library on macOS,
 * AppData on Windows.
 */
export function locateFolders(user: UserEnvironment): {
	readonly config: string;
	readonly state: string;
} {
	const { isAbsolute, resolve, join } =
		user.platform === "win32" ? win32 : posix;
	const { env } = user;
	// Home and working folder are asked for only where they decide: neither need be there.
	const given = (path: string) =>
		resolve(isAbsolute(path) ? path : join(user.cwd, path));
	const { FLUX_ULTRA_CONFIG_DIR: config, FLUX_ULTRA_STATE_DIR: state } = env;
	return {
		config: config ? given(config) : customFolders(user).config,
		state: state ? given(state) : customFolders(user).state,
	};
}

function customFolders(user: UserEnvironment) {
	const { env, home, platform } = user;
	switch (platform) {
		case "win32": {
			const { join } = win32;
			const roaming = env.APPDATA || join(home, "AppData", "Roaming");
			const local = env.LOCALAPPDATA || join(home, "AppData", "Local");
			return {
				config: join(roaming, name, "Config"),
				state: join(local, name, "Data"),
			};
		}
		case "darwin":
			return {
				config: posix.join(home, "Library", "Preferences", name),
				state: posix.join(home, "Library", "Application Support", name),
			};
		default:
			return {
				config: posix.join(xdg(env.XDG_CONFIG_HOME, home, ".config"), name),
				state: posix.join(xdg(env.XDG_STATE_HOME, home, ".local/state"), name),
			};
	}
}

/** The XDG base directory specification: a relative path is to be ignored. */
function xdg(path: string | undefined, home: string, below: string): string {
	return path?.startsWith("/") ? path : posix.join(home, below);
}

const name = "flux-ultra";
