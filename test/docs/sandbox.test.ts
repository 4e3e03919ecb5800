import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { faultTable, pointTable } from "../../src/sandbox/faults/table.ts";

test("the page about the sandbox has every fault and every point, in the words of the program", async () => {
	const page = await readFile(
		new URL("../../docs/sandbox.md", import.meta.url),
		"utf8",
	);
	const rows = [
		...pointTable.map(({ point, where }) => `| \`${point}\` | ${where} |`),
		...faultTable.map(
			({ name, points, does }) =>
				`| \`${name}\` | ${points.join(", ")} | ${does} |`,
		),
	];
	const lines = page.split("\n");
	expect(rows.filter((row) => !lines.includes(row))).toEqual([]);
	const tableLines = lines.filter((line) => line.startsWith("| `"));
	expect(tableLines).toHaveLength(rows.length);
});
