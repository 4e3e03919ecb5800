import { expect, test } from "vitest";
import { readWhole } from "./read-all.ts";
import { seededRandom } from "./seeded-random.ts";

const scraps = [
	"a",
	"色",
	"🦊",
	'"',
	",",
	";",
	"\t",
	"\n",
	"\r\n",
	" ",
	"{",
	"'",
	"\\",
	"1",
];

test.each([",", ";", "\t"])(
	"what a writer of CSV with %j writes comes back as it was",
	async (delimiter) => {
		const roll = seededRandom(3);
		const text = () =>
			Array.from(
				{ length: 1 + roll(8) },
				() => scraps[roll(scraps.length)],
			).join("");
		for (let round = 0; round < 40; round++) {
			const rows = Array.from({ length: 1 + roll(20) }, () => ({
				prompt: `p${text()}`,
				"a b": roll(3) === 0 ? "" : text(),
				note: text(),
			}));
			const end = roll(2) === 0 ? "\n" : "\r\n";
			const write = (cell: string) =>
				/["\r\n,;\t]/.test(cell) || roll(2) === 0
					? `"${cell.replaceAll('"', '""')}"`
					: cell;
			const lines = [
				Object.keys(rows[0] ?? {}),
				...rows.map(Object.values),
			].map((cells) => cells.map(write).join(delimiter));
			const content = lines.join(end) + (roll(2) === 0 ? end : "");
			const read = await readWhole(content, { name: "rows.csv", cuts: [7] });
			expect(read.map((row) => ("columns" in row ? row.columns : row))).toEqual(
				rows,
			);
			expect(read.map((row) => row.line)).toEqual(lineNumbers(lines, end));
		}
	},
);

test("what JSON.stringify writes comes back as it was", async () => {
	const roll = seededRandom(5);
	for (let round = 0; round < 40; round++) {
		const rows = Array.from({ length: 1 + roll(20) }, () => ({
			prompt: `p${scraps[roll(scraps.length)]}`,
			seed: roll(2 ** 31),
			tags: [scraps[roll(scraps.length)], roll(9), null],
		}));
		const content = rows.map((row) => JSON.stringify(row)).join("\n");
		expect(
			await readWhole(content, { name: "rows.jsonl", cuts: [5, 3] }),
		).toMatchObject(
			rows.map(({ prompt, seed, tags }, at) => ({
				line: at + 1,
				prompt,
				seed,
				inputs: { tags },
			})),
		);
	}
});

/** Where each row below the header begins. */
function lineNumbers(lines: readonly string[], end: string): readonly number[] {
	return lines.slice(1).map(
		(_, at) =>
			lines
				.slice(0, at + 1)
				.join(end)
				.split("\n").length + 1,
	);
}
