import { Failure } from "../errors.ts";
import { didYouMean } from "./likely-name.ts";
import type { PromptTemplate } from "./prompt-template.ts";
import { givenValue, type RawRow } from "./raw-row.ts";
import { shown } from "./shown.ts";

interface PromptRules {
	readonly template: PromptTemplate | undefined;
	readonly maxPromptBytes: number;
}

/** The prompt of a row. @throws {Failure} `usage` for none, and for one that cannot be sent */
export function promptOf(
	raw: RawRow,
	{ template, maxPromptBytes }: PromptRules,
): string {
	const prompt = template === undefined ? ownPrompt(raw) : template.fill(raw);
	if (prompt.trim() === "") throw refused("the prompt is empty");
	const sizeBytes = Buffer.byteLength(prompt);
	if (sizeBytes > maxPromptBytes)
		throw refused(
			`the prompt is longer than ${formatBytes(maxPromptBytes)}: ${sizeBytes} bytes`,
		);
	if (prompt.includes("\0"))
		throw refused(
			`the prompt ${shown(prompt)} holds a NUL character; prompts that are parted by NUL: -0`,
		);
	if (/\p{Cs}/u.test(prompt))
		throw refused(
			`the prompt ${shown(prompt)} holds half of a surrogate pair, which is no character`,
		);
	return prompt;
}

function ownPrompt(raw: RawRow): string {
	const prompt = givenValue(raw, "prompt");
	if (typeof prompt === "string") return prompt;
	if (prompt !== undefined)
		throw refused(`prompt is ${shown(prompt)}, which is not text`);
	if (Object.hasOwn(raw.values, "prompt")) throw refused("the prompt is empty");
	throw refused(`no "prompt"${didYouMean("prompt", Object.keys(raw.values))}`);
}

function formatBytes(bytes: number): string {
	return bytes % 1024 === 0 ? `${bytes / 1024} KiB` : `${bytes} bytes`;
}

function refused(reason: string): Failure {
	return new Failure("usage", reason);
}
