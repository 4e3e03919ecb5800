import fs from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { openSideOutput } from "../../src/system/side-output.ts";
import { temporaryFolder } from "../temporary-folder.ts";

it("tells once of a disk that fails, also where that refuses to take the draft away", async () => {
	onTestFinished(() => void vi.restoreAllMocks());
	const told: string[] = [];
	const output = await openSideOutput(join(temporaryFolder(), "r.csv"), (one) =>
		told.push(one.code),
	);
	for (const name of ["writeFileSync", "rmSync"] as const)
		vi.spyOn(fs, name).mockImplementation(() => {
			throw Object.assign(new Error("EIO"), { code: "EIO" });
		});
	output.write("a");
	output.write("b");
	output.close();
	expect([told, output.hasFailed()]).toEqual([["disk"], true]);
});
