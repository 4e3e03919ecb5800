import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, it } from "vitest";

const run = resolve(import.meta.dirname, "../../bench/chaos/run.mjs");

/*
 * A few of the crash points, so that the harness itself stays true; `npm run chaos -- --crash-points` runs them all.
 * The harness asks the system by proc(5) whether a process is stopped.
 */
it.skipIf(process.platform !== "linux")(
	"killed at some of its changes of the disk, an image is bought once and is saved",
	() => {
		const words = ["--crash-points", "image", "--most", "3", "--at-once", "2"];
		const { status, stdout } = spawnSync(process.execPath, [run, ...words], {
			encoding: "utf8",
		});
		expect({ status, told: stdout.split("\n") }).toEqual({
			status: 0,
			told: [
				expect.stringMatching(/^image: [1-9]\d+.* changes alone, .* 3 points$/),
				expect.stringMatching(/^image: 3 points, [1-3] killed/),
				"no invariant was broken",
				"",
			],
		});
	},
	240_000,
);
