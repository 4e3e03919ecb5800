import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../temporary-folder.ts";

const program = resolve(import.meta.dirname, "../../bin/flux-ultra.js");

/** One listener of the program's own, and how many there are at the end. */
const tell = `
	process.once("SIGINT", () => {});
	process.on("exit", () =>
		console.log(["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"].map((name) => process.listenerCount(name)).join()));
`;

// In a process of its own: only the first import of conf adds listeners.
it("writing leaves the listeners for signals as they were", () => {
	const words = ["config", "set", "model", "ultra"];
	const preload = `data:text/javascript,${encodeURIComponent(tell)}`;
	const { status, stdout } = spawnSync(
		process.execPath,
		["--import", preload, program, ...words],
		{ encoding: "utf8", env: { FLUX_ULTRA_CONFIG_DIR: temporaryFolder() } },
	);
	expect([status, stdout]).toEqual([0, "1,0,0,0\n"]);
});
