import { expect, test } from "vitest";
import { Failure } from "../../src/errors.ts";
import { readWhole } from "./read-all.ts";
import { seededRandom } from "./seeded-random.ts";

/** What means something in one of the formats, so that chance meets the corners. */
const scraps = [
	'"',
	'""',
	",",
	";",
	"\t",
	"\n",
	"\r\n",
	"\r",
	"{",
	"}",
	"[",
	'{"prompt":"a","seed":1}',
	'"a',
	'",',
	"prompt",
	"prompt,seed\n",
	"a fox",
	"色",
	"🦊",
	" ",
	"\ufeff",
	"1",
	"\\",
	"\u001b[2J",
];

function scribble(roll: (below: number) => number, length: number): Buffer {
	const pieces = Array.from({ length }, () =>
		roll(40) === 0
			? Buffer.from([roll(256)])
			: Buffer.from(scraps[roll(scraps.length)] ?? ""),
	);
	return Buffer.concat(pieces);
}

const settings = [
	{ name: "rows.txt", format: "text", nulSeparated: true },
	{ name: "rows.txt", format: "text", prompt: "{prompt}!" },
	{ name: "rows.jsonl" },
	{ name: "rows.csv", format: "csv" },
	{ name: "stdin" },
] as const;

/** The rows, or what was refused. */
async function outcomeOf(
	...given: Parameters<typeof readWhole>
): Promise<unknown> {
	return readWhole(...given).catch((error: unknown) => {
		if (error instanceof Failure) return [error.code, error.message];
		throw error;
	});
}

test.each(settings)(
	"however its bytes are cut, %j gives the same",
	async (setting) => {
		const roll = seededRandom(7);
		for (let round = 0; round < 100; round++) {
			const start = setting.name === "rows.csv" ? "prompt,seed\n" : "";
			const content = Buffer.concat([Buffer.from(start), scribble(roll, 60)]);
			const whole = await outcomeOf(content, setting);
			const cuts = Array.from({ length: 9 }, () => 1 + roll(12));
			expect(await outcomeOf(content, { ...setting, cuts })).toEqual(whole);
			expect(await outcomeOf(content, { ...setting, cuts: [1] })).toEqual(
				whole,
			);
		}
	},
);

test("rubbish gives rows, bad rows or a Failure, and every reason is harmless to print", async () => {
	const roll = seededRandom(11);
	for (let round = 0; round < 300; round++) {
		const content =
			round % 3 === 0
				? Buffer.from(Array.from({ length: roll(400) }, () => roll(256)))
				: scribble(roll, roll(80));
		for (const setting of settings) {
			const outcome = await outcomeOf(content, setting);
			for (const row of outcome as readonly { reason?: string }[])
				expect(row.reason ?? "").not.toMatch(/\p{Cc}/u);
		}
	}
});

test.each(["[", '{"a":', '"', "\\", ","])(
	"a line of %j without end overflows nothing",
	async (piece) => {
		const line = piece.repeat(Math.floor((2 ** 20 - 1) / piece.length));
		for (const setting of settings)
			await outcomeOf(`prompt\n${line}\n`, setting);
	},
);
