import { readFileSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		include: ["test/**/*.test.ts"],
		// Only what hangs takes so long: a busy machine makes every test slow, and none of them may fail by that.
		testTimeout: 120_000,
		expect: { poll: { timeout: 60_000 } },
		maxWorkers: 2,
		// No test leaves anything behind in a module, so that files share what they import: a third of the time.
		isolate: false,
		setupFiles: ["test/setup.ts"],
		env: { TMPDIR: process.env.TMPDIR ?? memoryDisk() ?? tmpdir() },
	},
});

/** Every file of a job is flushed, which a disk takes milliseconds for. Undefined without room, or where no program may be run. */
function memoryDisk(): string | undefined {
	const folder = "/dev/shm";
	try {
		const { bavail, bsize } = statfsSync(folder);
		const isRoomy = bavail * bsize > 2 * 1024 ** 3;
		const mounts = readFileSync("/proc/mounts", "utf8");
		const mayRun = /^\S+ \/dev\/shm tmpfs (?!\S*noexec)/m.test(mounts);
		return isRoomy && mayRun ? folder : undefined;
	} catch {
		return undefined;
	}
}
