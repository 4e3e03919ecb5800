import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { pointTable } from "../../src/sandbox/faults/points.ts";
import { readingTable } from "../../src/sandbox/faults/readings.ts";
import { faultTable } from "../../src/sandbox/faults/table.ts";

test("the page about the sandbox has every fault, every point and every reading, in the words of the program", async () => {
	const page = await readFile(
		new URL("../../docs/sandbox.md", import.meta.url),
		"utf8",
	);
	const rows = [
		...pointTable.map(({ point, where }) => `| \`${point}\` | ${where} |`),
		...faultTable
			.filter(({ name }) => !readingTable.some((one) => one.name === name))
			.map(
				({ name, points, does }) =>
					`| \`${name}\` | ${points.join(", ")} | ${does} |`,
			),
		...readingTable.map(
			({ name, topic, source, does }) =>
				`| \`${name}\` | ${topic} | ${source} | ${does} |`,
		),
	];
	const lines = page.split("\n");
	expect(rows.filter((row) => !lines.includes(row))).toEqual([]);
	const tableLines = lines.filter((line) => line.startsWith("| `"));
	expect(tableLines).toHaveLength(rows.length);
});
