import { extname } from "node:path";
import { Failure } from "../errors.ts";
import { checkIsText } from "./check-is-text.ts";
import { isCsvHeader, tellDelimiter } from "./csv-header.ts";
import type { RowFormat, RowOptions } from "./row.ts";
import { sourceName } from "./shown.ts";

export type Layout =
	| { readonly format: "text"; readonly nulSeparated: boolean }
	| { readonly format: "jsonl" }
	| {
			readonly format: "csv";
			readonly delimiter: string;
			/** Whether the first line only names the delimiter, as Excel has it: `sep=;`. */
			readonly hasDelimiterLine: boolean;
	  };

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
	options: Pick<RowOptions, "format" | "nulSeparated">,
	wanted: readonly string[],
): Layout {
	const named = formats[extname(name).toLowerCase()];
	const asked = options.format ?? named;
	const nulSeparated = options.nulSeparated === true;
	checkIsText(head, name, { nulSeparated });
	if (nulSeparated) {
		checkIsForText(asked);
		return { format: "text", nulSeparated };
	}
	const whole = head
		.toString("utf8")
		.replace(/^\ufeff/, "")
		.trimStart();
	const delimiterLine = /^"?sep=([^"\w\r\n])"?\r?\n/i.exec(whole);
	const text = whole.slice(delimiterLine?.[0].length ?? 0);
	const firstLine = firstLineOf(text, head.length < headBytes);
	const looks = delimiterLine ? "csv" : looksLike(text, firstLine, wanted);
	if (options.format === undefined) checkExtension(name, named, looks);
	const format = asked ?? looks ?? (text.startsWith("{") ? "jsonl" : "text");
	switch (format) {
		case "text":
			return { format, nulSeparated };
		case "jsonl":
			checkIsLines(text, firstLine, name);
			return { format };
		case "csv":
			return {
				format,
				delimiter:
					delimiterLine?.[1] ?? tellDelimiter(firstLine ?? text, wanted),
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

function checkIsForText(asked: RowFormat | undefined): void {
	if (asked === undefined || asked === "text") return;
	throw new Failure("usage", `-0 is for text, not for ${titles[asked]}`, {
		hint: "leave out -0: JSON and CSV have their own way to hold lines",
	});
}

/** Undefined where the line goes on beyond the head. */
function firstLineOf(text: string, isWhole: boolean): string | undefined {
	const end = text.search(/\r?\n/);
	if (end !== -1) return text.slice(0, end);
	return isWhole ? text : undefined;
}

/** Undefined for what may be text. */
function looksLike(
	text: string,
	firstLine: string | undefined,
	wanted: readonly string[],
): "jsonl" | "csv" | undefined {
	// Not any bracket: there are prompts such as "{red|blue} fox" and "[wide shot] a fox".
	if (/^(\{\s*["}]|\[\s*["{])/.test(text)) return "jsonl";
	const isHeader =
		firstLine !== undefined &&
		(isCsvHeader(firstLine, ["prompt"]) || isCsvHeader(firstLine, wanted));
	return isHeader ? "csv" : undefined;
}

function checkExtension(
	name: string,
	named: RowFormat | undefined,
	looks: "jsonl" | "csv" | undefined,
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

function checkIsLines(
	text: string,
	firstLine: string | undefined,
	name: string,
): void {
	if (text.startsWith("["))
		throw new Failure(
			"usage",
			`${sourceName(name)} is one JSON array, not a row a line`,
			{
				hint: "take it apart: jq -c '.[]' rows.json | flux-ultra batch - --dry-run",
			},
		);
	if (firstLine?.trim() === "{")
		throw new Failure(
			"usage",
			`${sourceName(name)} has JSON over several lines, not a row a line`,
			{
				hint: "put each on one line: jq -c . rows.json | flux-ultra batch - --dry-run",
			},
		);
}
