import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeDurableFolder } from "../../src/system/durable.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const itOnPosix = it.skipIf(process.platform === "win32");

itOnPosix(
	"a private folder is made with those above it, for its owner alone",
	async () => {
		const top = temporaryFolder();
		await makeDurableFolder(join(top, "a", "b"));
		await makeDurableFolder(join(top, "a", "b"));
		const modes = ["a", "a/b"].map((name) => statSync(join(top, name)).mode);
		expect(modes.map((mode) => mode & 0o777)).toEqual([0o700, 0o700]);
	},
);

itOnPosix("a folder below a file cannot be made", async () => {
	const file = join(temporaryFolder(), "file");
	writeFileSync(file, "");
	await expect(makeDurableFolder(join(file, "a"))).rejects.toMatchObject({
		code: "ENOTDIR",
	});
});

it.runIf(existsSync("/proc"))("a folder in /proc fails, and soon", async () => {
	await expect(makeDurableFolder("/proc/flux/a")).rejects.toMatchObject({
		code: expect.stringMatching(/ENOENT|EACCES/),
	});
});
