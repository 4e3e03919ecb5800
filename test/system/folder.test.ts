import { chmod, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { writeFileAtomic } from "../../src/system/atomic-file.ts";
import {
	checkWritable,
	makeFolder,
	makePrivateFolder,
} from "../../src/system/folder.ts";
import { failureOf } from "../purchase/job-world.ts";
import { temporaryFolder } from "../temporary-folder.ts";

describe("a folder", () => {
	test("is made with those above it, however often and by however many at once", async () => {
		const folder = path.join(temporaryFolder(), "a", "b", "c");
		await Promise.all(Array.from({ length: 5 }, () => makeFolder(folder)));
		await makeFolder(folder);
		expect((await stat(folder)).isDirectory()).toBe(true);
	});

	test("that is a file cannot be written", async () => {
		const file = path.join(temporaryFolder(), "file");
		await writeFile(file, "");
		for (const folder of [file, path.join(file, "a")]) {
			const failure = await failureOf(checkWritable(folder));
			expect([failure.code, failure.message]).toEqual([
				"usage",
				`${folder} cannot be written: a part of the path is a file`,
			]);
		}
	});

	test("is only looked at by the check", async () => {
		const folder = temporaryFolder();
		await checkWritable(path.join(folder, "a", "b"));
		expect(await readdir(folder)).toEqual([]);
	});

	test.skipIf(process.getuid?.() === 0)(
		"that the user may not write is told as such",
		async () => {
			const folder = temporaryFolder();
			await mkdir(path.join(folder, "locked"));
			await chmod(path.join(folder, "locked"), 0o500);
			const locked = path.join(folder, "locked");
			for (const [code, act] of [
				["usage", checkWritable],
				["disk", makeFolder],
			] as const)
				expect(await failureOf(act(path.join(locked, "a")))).toMatchObject({
					code,
					message: expect.stringMatching(
						/cannot be written: permission denied$/,
					),
				});
		},
	);

	test.skipIf(process.platform !== "linux")(
		"below /proc ends at once",
		async () => {
			const failure = await failureOf(makeFolder("/proc/flux-ultra/a/b"));
			expect(failure.code).toBe("disk");
			await expect(makePrivateFolder("/proc/flux/a")).rejects.toMatchObject({
				code: expect.stringMatching(/ENOENT|EACCES/),
			});
		},
	);

	test.skipIf(process.platform === "win32")(
		"that is private is made with those above it for its owner alone",
		async () => {
			const top = temporaryFolder();
			await makePrivateFolder(path.join(top, "a", "b"));
			await makePrivateFolder(path.join(top, "a", "b"));
			for (const name of ["a", "a/b"]) {
				const { mode } = await stat(path.join(top, name));
				expect(mode & 0o777).toBe(0o700);
			}
		},
	);

	test("cannot be made below a file", async () => {
		const file = path.join(temporaryFolder(), "file");
		await writeFile(file, "");
		await expect(makePrivateFolder(path.join(file, "a"))).rejects.toMatchObject(
			{ code: "ENOTDIR" },
		);
	});
});

describe("a file that is written atomically", () => {
	test.skipIf(process.platform === "win32")(
		"is private, and leaves no draft",
		async () => {
			const file = path.join(temporaryFolder(), "file");
			await writeFileAtomic(file, "one");
			await writeFileAtomic(file, "two");
			expect(await readdir(path.dirname(file))).toEqual(["file"]);
			expect((await stat(file)).mode & 0o777).toBe(0o600);
		},
	);

	test("that cannot take its place leaves no draft either", async () => {
		const folder = temporaryFolder();
		await mkdir(path.join(folder, "file", "full"), { recursive: true });
		await expect(
			writeFileAtomic(path.join(folder, "file"), "one"),
		).rejects.toThrow();
		expect(await readdir(folder)).toEqual(["file"]);
	});
});
