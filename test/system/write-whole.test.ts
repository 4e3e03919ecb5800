import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { writeWhole } from "../../src/system/write-whole.ts";
import { temporaryFolder } from "../temporary-folder.ts";

it("never replaces what has appeared where nothing was, and keeps beside it what was to go there", async () => {
	const folder = temporaryFolder();
	const file = join(folder, "x.jpg");
	writeFileSync(file, "theirs");
	const writing = writeWhole(file, "ours", true);
	await expect(writing).rejects.toThrow("appeared while the command ran");
	const beside = readdirSync(folder).filter((name) => name !== "x.jpg");
	expect(beside).toEqual([expect.stringMatching(/^x\.jpg\.[0-9a-f]{6}$/)]);
	const contents = [file, join(folder, beside[0] ?? "")].map((name) =>
		readFileSync(name, "utf8"),
	);
	expect(contents).toEqual(["theirs", "ours"]);
});
