import { mkdir } from "node:fs/promises";
import { dirname, posix, win32 } from "node:path";
import { systemCode } from "../errors.ts";
import type { Runtime } from "../runtime.ts";

type World = Pick<Runtime, "env" | "home" | "platform" | "cwd">;

/**
 * Where settings and unfinished work are kept, as absolute paths; nothing is created.
 * FLUX_ULTRA_CONFIG_DIR and FLUX_ULTRA_STATE_DIR win, then the custom of the platform: XDG on Linux, Library on macOS,
 * AppData on Windows.
 */
export function locateFolders(world: World): {
	readonly config: string;
	readonly state: string;
} {
	const { resolve } = pathsOf(world);
	const { env } = world;
	// Home and working folder are asked for only where they decide: neither need be there.
	const override = (path: string | undefined, kind: "config" | "state") =>
		path ? resolve(baseOf(path, world), path) : customFolders(world)[kind];
	return {
		config: override(env.FLUX_ULTRA_CONFIG_DIR, "config"),
		state: override(env.FLUX_ULTRA_STATE_DIR, "state"),
	};
}

/**
 * Makes a folder that only its owner can enter, with the folders above it; one that exists stays as it is.
 * Step by step, because Node 20's recursive mkdir spins for ever where the system answers ENOENT below a folder that exists (/proc).
 */
export async function makePrivateFolder(path: string): Promise<void> {
	if (await standsOrWasMade(path)) return;
	await makePrivateFolder(dirname(path));
	await standsOrWasMade(path, { last: true });
}

async function standsOrWasMade(
	path: string,
	{ last = false } = {},
): Promise<boolean> {
	try {
		await mkdir(path, { mode: 0o700 });
		return true;
	} catch (error) {
		const code = systemCode(error);
		if (code === "EEXIST") return true;
		if (code === "ENOENT" && !last && dirname(path) !== path) return false;
		throw error;
	}
}

function baseOf(path: string, world: World): string {
	return pathsOf(world).isAbsolute(path) ? path : world.cwd;
}

function pathsOf({ platform }: World): typeof posix {
	return platform === "win32" ? win32 : posix;
}

function customFolders(world: World) {
	const { env, home, platform } = world;
	const { join } = pathsOf(world);
	switch (platform) {
		case "win32": {
			const roaming = env.APPDATA || join(home, "AppData", "Roaming");
			const local = env.LOCALAPPDATA || join(home, "AppData", "Local");
			return {
				config: join(roaming, name, "Config"),
				state: join(local, name, "Data"),
			};
		}
		case "darwin":
			return {
				config: join(home, "Library", "Preferences", name),
				state: join(home, "Library", "Application Support", name),
			};
		default:
			return {
				config: join(xdg(env.XDG_CONFIG_HOME, home, ".config"), name),
				state: join(xdg(env.XDG_STATE_HOME, home, ".local/state"), name),
			};
	}
}

/** The XDG base directory specification: a relative path is to be ignored. */
function xdg(path: string | undefined, home: string, below: string): string {
	return path?.startsWith("/") ? path : posix.join(home, below);
}

const name = "flux-ultra";
