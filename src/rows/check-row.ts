import { Failure } from "../errors.ts";
import { placeholdersOf } from "../names/template.ts";
import { expandHome } from "../system/home-folder.ts";
import { parseJson } from "../system/json.ts";
import { isTooDeep, maxDepth } from "./json-rows.ts";
import { fillTemplate } from "./prompt-template.ts";
import {
	type BadRow,
	givenValue,
	maxImages,
	maxPromptBytes,
	ownColumns,
	type RawRow,
	type Row,
	type RowOptions,
	refusedRow,
} from "./row.ts";
import { quoted, theNearest } from "./wording.ts";

export interface RowRules
	extends Pick<RowOptions, "inputsOf" | "prompt" | "hasChoices" | "user"> {
	/** Whether the values are the text of cells, and numbers and JSON are to be read out of it. */
	readonly cellsAreText: boolean;
}

/** The row, or the first thing that is wrong with it. */
export function checkRow(raw: RawRow, rules: RowRules): Row | BadRow {
	try {
		const model = readName(raw, "model");
		const seed = readNumber(raw, "seed", 0, Number.MAX_SAFE_INTEGER);
		const count = readCount(raw);
		if (seed !== undefined && count > 1)
			throw refused(
				`count ${count} of one seed, ${seed}, is the same image ${count} times`,
			);
		return {
			line: raw.line,
			prompt: readPrompt(raw, rules),
			seed,
			output: readOutput(raw, count, rules),
			model,
			count,
			inputs: readInputs(raw, rules.inputsOf(model), rules.cellsAreText),
			columns: raw.columns,
		};
	} catch (error) {
		return { ...refusedRow(raw, error), count: countIn(raw) };
	}
}

/** Of a bad row, whose number may be what is wrong with it. */
function countIn(raw: RawRow): number {
	try {
		return readCount(raw);
	} catch {
		return 1;
	}
}

function readCount(raw: RawRow): number {
	return readNumber(raw, "count", 1, maxImages) ?? 1;
}

/** A file, folder or template; of one file there is one image. */
function readOutput(
	raw: RawRow,
	count: number,
	{ user }: RowRules,
): string | undefined {
	const output = readName(raw, "output");
	if (output === undefined) return undefined;
	const isFile = !/[/\\]$/.test(output);
	if (count > 1 && isFile && !placeholdersOf(output).some(tellsRunsApart))
		throw refused(
			`count ${count}, and output ${quoted(output)} is one name; put {seed} in it`,
		);
	return expandHome(output, user);
}

function tellsRunsApart(placeholder: string): boolean {
	return placeholder === "seed" || placeholder === "run";
}

function readPrompt(
	raw: RawRow,
	{ prompt: template, hasChoices = false }: RowRules,
): string {
	const prompt =
		template === undefined
			? ownPrompt(raw)
			: fillTemplate(template, raw, hasChoices);
	if (prompt.trim() === "") throw refused("the prompt is empty");
	const sizeBytes = Buffer.byteLength(prompt);
	if (sizeBytes > maxPromptBytes)
		throw refused(
			`the prompt is longer than ${maxPromptBytes / 1024} KiB: ${sizeBytes} bytes`,
		);
	if (prompt.includes("\0"))
		throw refused(
			`the prompt ${quoted(prompt)} holds a NUL character; prompts that are parted by NUL: -0`,
		);
	if (/[\x80-\x9f]/.test(prompt))
		throw refused(
			`the prompt ${quoted(prompt)} holds a C1 control character, which is what latin1 makes of € or –: convert the first file by iconv -f cp1252 -t utf-8`,
		);
	if (/\p{Cs}/u.test(prompt))
		throw refused(
			`the prompt ${quoted(prompt)} holds half of a surrogate pair, which is no character`,
		);
	return prompt;
}

function ownPrompt(raw: RawRow): string {
	const prompt = givenValue(raw, "prompt");
	if (typeof prompt === "string") return prompt;
	if (prompt !== undefined)
		throw refused(`prompt is ${quoted(prompt)}, which is not text`);
	if (Object.hasOwn(raw.columns, "prompt"))
		throw refused("the prompt is empty");
	throw refused(`no "prompt"${theNearest("prompt", Object.keys(raw.columns))}`);
}

function readName(raw: RawRow, name: string): string | undefined {
	const value = givenValue(raw, name);
	if (value === undefined) return undefined;
	if (typeof value !== "string")
		throw refused(`${name} is ${quoted(value)}, which is not text`);
	if (value.trim() === "") throw refused(`${name} is empty`);
	if (value.includes("\0"))
		throw refused(`${name} ${quoted(value)} holds a NUL character`);
	return value;
}

/** A whole number, also as text: spreadsheets and converters write `42` and `42.0` for one. */
function readNumber(
	raw: RawRow,
	name: string,
	min: number,
	max: number,
): number | undefined {
	const value = givenValue(raw, name);
	if (value === undefined) return undefined;
	const isDigits =
		typeof value === "string" && /^\s*\d+(\.0*)?\s*$/.test(value);
	const number = isDigits ? Number(value) : value;
	if (
		typeof number === "number" &&
		Number.isSafeInteger(number) &&
		number >= min &&
		number <= max
	)
		return number;
	throw refused(
		`${name} ${quoted(value)} is not a whole number from ${min} to ${max}`,
	);
}

function readInputs(
	raw: RawRow,
	names: readonly string[],
	cellsAreText: boolean,
): Row["inputs"] {
	const inputs: [string, unknown][] = [];
	for (const name of names) {
		const value = givenValue(raw, name);
		if (value === undefined || own.has(name)) continue;
		const input =
			cellsAreText && typeof value === "string" ? readCell(value) : value;
		if (isTooDeep(input))
			throw refused(`${name} is nested deeper than ${maxDepth} levels`);
		// JSON has no such numbers: it would be sent as null.
		if (typeof input === "number" && !Number.isFinite(input))
			throw refused(`${name} is a number beyond all bounds`);
		inputs.push([name, input]);
	}
	return Object.fromEntries(inputs);
}

const own: ReadonlySet<string> = new Set(ownColumns);

/** The value of a cell for an input of a model: JSON where it parses, text where it doesn't, as with `--param`. */
function readCell(text: string): unknown {
	// Most cells are plain text, and an exception costs more than all the rest of the row.
	if (!/^\s*(?:[-\d"[{]|true|false|null)/.test(text)) return text;
	return parseJson(text, text);
}

function refused(reason: string): Failure {
	return new Failure("usage", reason);
}
