import { extname } from "node:path";
import { Failure } from "../errors.ts";
import { headerDelimiter, likelyDelimiter } from "./csv-rows.ts";
import type { CsvStyle, RowFormat, RowOptions } from "./row.ts";

export type Layout =
	| { readonly format: "text"; readonly nulSeparated: boolean }
	| { readonly format: "jsonl" }
	| (CsvStyle & {
			readonly format: "csv";
			/** Whether the first line only names the delimiter, as Excel has it: `sep=;`. */
			readonly hasDelimiterLine: boolean;
	  });

/** What is looked at to tell the format. */
export const headBytes = 64 * 1024;

/**
 * How rows are written in a file: as the user says, else by the extension, else by its first bytes. Where extension and
 * bytes disagree the user is asked: a file of JSON read as text would buy an image of each line's braces.
 * @param head the first `headBytes` of the file
 * @param wanted the columns that a header would have: those of the template, or `prompt`
 * @throws {Failure} `usage` for what cannot be rows
 */
export function tellLayout(
	head: Buffer,
	name: string,
	options: Pick<RowOptions, "format" | "nulSeparated" | "hasChoices">,
	wanted: readonly string[],
): Layout {
	const named = formats[extname(name).toLowerCase()];
	const asked = options.format ?? named;
	checkEncoding(head, name);
	if (options.nulSeparated) return nulSeparatedLayout(asked);
	checkLineEnds(head, name);
	const content = head.toString("utf8");
	const whole = content.replace(/^\ufeff/, "").trimStart();
	const delimiterLine = /^"?sep=([^"\w\r\n])"?\r?\n/i.exec(whole);
	const text = whole.slice(delimiterLine?.[0].length ?? 0);
	const [firstLine = "", ...more] = text.split(/\r?\n/, 2);
	// One that goes on beyond the head tells nothing.
	const isWhole = more.length > 0 || head.length < headBytes;
	const delimiter =
		delimiterLine?.[1] ??
		(isWhole
			? (headerDelimiter(firstLine, ["prompt"]) ??
				headerDelimiter(firstLine, wanted))
			: undefined);
	// Not any bracket: there are prompts such as "{red|blue} fox" and "[wide shot] a fox".
	const isJson = /^(\{\s*["}]|\[\s*["{])/.test(text);
	const looks = isJson ? "jsonl" : delimiter === undefined ? undefined : "csv";
	if (options.format === undefined) checkExtension(name, named, looks);
	const isBroken = text.startsWith("{") && !options.hasChoices;
	const format = asked ?? looks ?? (isBroken ? "jsonl" : "text");
	switch (format) {
		case "text":
			return { format, nulSeparated: false };
		case "jsonl":
			checkOneRowALine(text, firstLine, name);
			return { format };
		case "csv":
			return {
				format,
				delimiter: delimiter ?? likelyDelimiter(firstLine),
				hasByteOrderMark: content.startsWith("\ufeff"),
				hasDelimiterLine: delimiterLine !== null,
			};
		default:
			return format satisfies never;
	}
}

const formats: Readonly<Record<string, RowFormat>> = {
	".txt": "text",
	".jsonl": "jsonl",
	".ndjson": "jsonl",
	".json": "jsonl",
	".csv": "csv",
	".tsv": "csv",
};

const titles = { text: "text", jsonl: "JSON", csv: "CSV" } as const;

function checkEncoding(head: Buffer, name: string): void {
	const hex = head.subarray(0, 12).toString("hex");
	if (/^(fffe|feff)/.test(hex))
		throw new Failure("usage", `${name} is UTF-16, not UTF-8`, {
			hint: "save it as UTF-8, or: iconv -f utf-16 -t utf-8",
		});
	const picture = pictures.find(({ magic }) => magic.test(hex))?.title;
	if (picture !== undefined)
		throw new Failure("usage", `${name} is ${picture}, not text`, {
			hint: "name a file of prompts; to start each image from a picture: --image",
		});
	// A zip, as xlsx and ods are, and the older xls.
	if (/^(504b0304|d0cf11e0)/.test(hex))
		throw new Failure("usage", `${name} is a spreadsheet, not text`, {
			hint: "save it as CSV (UTF-8), and give that",
		});
}

/** By the first bytes, in hex. */
const pictures = [
	{ magic: /^ffd8ff/, title: "a JPEG" },
	{ magic: /^89504e47/, title: "a PNG" },
	{ magic: /^47494638(37|39)61/, title: "a GIF" },
	{ magic: /^52494646.{8}57454250/, title: "a WebP" },
];

/** To name such lines one by one would help nobody. */
function checkLineEnds(head: Buffer, name: string): void {
	if (head.includes(0))
		throw new Failure("usage", `${name} holds NUL bytes: it is no text`, {
			hint: "prompts that are parted by NUL: -0",
		});
	// One long line with returns in it: what spreadsheets of old Macs saved.
	if (!head.includes("\n") && /\r[^\r]/.test(head.toString("latin1")))
		throw new Failure(
			"usage",
			`the lines of ${name} end in a carriage return alone`,
			{ hint: "convert it: tr '\\r' '\\n'" },
		);
}

function nulSeparatedLayout(asked: RowFormat | undefined): Layout {
	if (asked === undefined || asked === "text")
		return { format: "text", nulSeparated: true };
	throw new Failure("usage", `-0 is for text, not for ${titles[asked]}`, {
		hint: "leave out -0: JSON and CSV have their own way to hold lines",
	});
}

function checkExtension(
	name: string,
	named: RowFormat | undefined,
	looks: RowFormat | undefined,
): void {
	if (named === undefined || looks === undefined || named === looks) return;
	throw new Failure(
		"usage",
		`${name} seems to hold ${titles[looks]}, not ${titles[named]}`,
		{
			hint: `say which it is: --format ${looks}, or --format ${named} to read it as that all the same`,
		},
	);
}

function checkOneRowALine(text: string, firstLine: string, name: string): void {
	if (text.startsWith("["))
		throw new Failure("usage", `${name} is one JSON array, not a row a line`, {
			hint: "take it apart: jq -c '.[]' rows.json | flux-ultra batch - --dry-run",
		});
	if (firstLine.trim() === "{")
		throw new Failure(
			"usage",
			`${name} has JSON over several lines, not a row a line`,
			{
				hint: "put each on one line: jq -c . rows.json | flux-ultra batch - --dry-run",
			},
		);
}
