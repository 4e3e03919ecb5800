import { describe, expect, test } from "vitest";
import { tinyJpeg } from "../tiny-jpeg.ts";
import { type Given, readAll, readWhole, refusalOf } from "./read-all.ts";

const fox = { line: 1, prompt: "a fox" };
const owl = { line: 2, prompt: "an owl" };

describe("rows of text", () => {
	test.each([
		["a fox\nan owl\n", [fox, owl]],
		["a fox\nan owl", [fox, owl]],
		["a fox\r\nan owl\r\n", [fox, owl]],
		["\ufeffa fox\nan owl\n", [fox, owl]],
		// Blank lines count.
		["\n \t\r\na fox\n\n", [{ line: 3, prompt: "a fox" }]],
		["  a fox \n", [{ line: 1, prompt: "  a fox " }]],
		// Brackets that are not JSON; quotes and commas, which mean nothing here.
		["[wide shot] a fox\n", [{ line: 1, prompt: "[wide shot] a fox" }]],
		["a fox\n{red|blue} owl\n", [fox, { line: 2, prompt: "{red|blue} owl" }]],
		['"a fox", he said\n', [{ line: 1, prompt: '"a fox", he said' }]],
		['a fox\n"\n', [fox, { line: 2, prompt: '"' }]],
	])("of %j are %j", async (content, rows) => {
		expect(await readAll(content)).toEqual(rows);
	});

	test("gives each row whole", async () => {
		expect(await readWhole("a fox\n")).toStrictEqual([
			{
				line: 1,
				prompt: "a fox",
				seed: undefined,
				output: undefined,
				model: undefined,
				count: 1,
				inputs: {},
				columns: { prompt: "a fox" },
			},
		]);
	});

	test("keeps the lines of prompts that are parted by NUL", async () => {
		const content = "a fox\r\nin snow\n\0\0an owl\0  \n";
		expect(await readAll(content, { nulSeparated: true })).toEqual([
			{ line: 1, prompt: "a fox\r\nin snow\n" },
			{ line: 3, prompt: "an owl" },
		]);
	});

	test("fills the line into a template", async () => {
		expect(await readAll("a fox\n", { prompt: "{prompt}, {{ink}}" })).toEqual([
			{ line: 1, prompt: "a fox, {ink}", columns: { prompt: "a fox" } },
		]);
	});

	test("names the lines that cannot be bought and goes on", async () => {
		const rows = await readAll(
			Buffer.concat([
				Buffer.from("a fox\nk\xf6ln\n", "latin1"),
				Buffer.from(`${"x".repeat(2 ** 20)}\n${"x".repeat(2 ** 20 + 1)}\n`),
				Buffer.from("an \u001b[31mowl\0\nlast"),
			]),
		);
		expect(rows).toEqual([
			fox,
			{
				line: 2,
				reason:
					"not UTF-8; convert the file first, for one: iconv -f cp1252 -t utf-8",
			},
			{
				line: 3,
				reason: "the prompt is longer than 64 KiB: 1048576 bytes",
			},
			{ line: 4, reason: "longer than 1 MiB" },
			{
				line: 5,
				reason:
					'the prompt "an \\x1b[31mowl\\x00" holds a NUL character; prompts that are parted by NUL: -0',
			},
			{ line: 6, prompt: "last" },
		]);
	});

	test("takes prompts up to the limit, in bytes", async () => {
		const most = "ä".repeat(32 * 1024);
		expect(await readAll(`${most}x\n${most}\n`)).toEqual([
			{ line: 1, reason: "the prompt is longer than 64 KiB: 65537 bytes" },
			{ line: 2, prompt: most },
		]);
	});
});

const webp = Buffer.from("RIFF\x1a\0\0\0WEBPVP8 ", "latin1");
const utf16 = Buffer.from("\ufeffa fox\n", "utf16le");

describe("what is no text at all is refused once:", () => {
	test.each<[string | Buffer, string, Given?]>([
		[" \n\r\n", "stdin holds no rows"],
		["\ufeff", "stdin holds no rows"],
		["PK\x03\x04\x14\0\x06\0", "stdin is a spreadsheet, not text"],
		[tinyJpeg(), "stdin is a JPEG, not text"],
		[webp, "stdin is a WebP, not text", { nulSeparated: true }],
		["a fox\0an owl", "stdin holds NUL bytes: it is no text"],
		[utf16, "stdin is UTF-16, not UTF-8", { nulSeparated: true }],
		// Of old Macs.
		["a fox\ran owl\r", "the lines of stdin end in a carriage return alone"],
		[
			"a fox\n",
			'--prompt names {promt}, which is no column (did you mean "prompt"?)',
			{ prompt: "{promt} in ink" },
		],
		["a fox\n", "--prompt leaves out {prompt}, the line", { prompt: "ink" }],
		[
			"a fox\n",
			'--prompt "{prompt": a brace is never closed',
			{ prompt: "{prompt" },
		],
	])("%j: %s", async (content, message, given) => {
		expect(await refusalOf(content, given)).toMatchObject({
			code: "usage",
			message,
		});
	});
});
