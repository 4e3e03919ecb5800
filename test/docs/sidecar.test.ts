import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { sidecarSchema } from "../../src/origin/sidecar.ts";

it("docs/sidecar.md tells of each name of a sidecar", () => {
	const page = readFileSync("docs/sidecar.md", "utf8");
	const rows = page.split("\n").filter((line) => line.startsWith("| `"));
	const told = rows.flatMap((row) => row.split("|")[1]?.match(/\w+/g) ?? []);
	expect(told.sort()).toEqual(Object.keys(sidecarSchema.shape).sort());
});
