import { expect, test } from "vitest";
import { syncFolder } from "../../src/system/atomic-file.ts";
import { recordFiles } from "../record-files.ts";
import { temporaryFolder } from "../temporary-folder.ts";

test("who asks while a folder is flushed shares the next flush, and waits for it", async () => {
	const folder = temporaryFolder();
	const steps: string[] = [];
	const flush = (name: string) =>
		syncFolder(folder).then(() => steps.push(`${name} lasts`));
	const later: Promise<number>[] = [];
	recordFiles(({ kind }) => {
		if (kind !== "flush") return;
		steps.push("flush");
		if (later.length === 0)
			for (const name of ["b", "c", "d"]) later.push(flush(name));
	});
	await flush("a");
	await Promise.all(later);
	expect(steps).toEqual([
		...["flush", "a lasts", "flush"],
		...["b lasts", "c lasts", "d lasts"],
	]);
	await flush("e");
	expect(steps.slice(-2)).toEqual(["flush", "e lasts"]);
});
