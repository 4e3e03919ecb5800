import { Failure } from "../../errors.ts";
import { maxPromptBytes } from "../../rows/row.ts";
import type { Runtime } from "../../runtime.ts";

/**
 * The prompt of the command line, or of stdin where there is none or it is `-`.
 * @returns undefined where nobody gave one: no argument, and stdin is a terminal
 * @throws {Failure} `usage` for what is empty, too long or not UTF-8
 */
export async function readPrompt(
	argument: string | undefined,
	{ stdin }: Pick<Runtime, "stdin">,
): Promise<string | undefined> {
	if (argument !== undefined && argument !== "-") return checkPrompt(argument);
	if (argument === undefined && stdin.isTTY) return undefined;
	const bytes = await readAll(stdin);
	let text: string;
	try {
		// Drops a byte order mark, as UTF-8 decoders do.
		text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
	} catch (cause) {
		throw new Failure("usage", "the prompt on stdin is not UTF-8", {
			hint: "convert it first, for one: iconv -f cp1252 -t utf-8",
			cause,
		});
	}
	return checkPrompt(text.replace(/\r?\n$/, ""));
}

/**
 * `-o "a red fox"` and no prompt: the name was forgotten, and stdin may be somebody's that never ends.
 * @throws {Failure} `usage` for a value of `-o` with blanks, and nothing else that a file's name has
 */
export function refusePromptAsName(output: string | undefined): void {
	if (output === undefined || !/^[^./\\{}]*\s[^./\\{}]*$/.test(output)) return;
	throw new Failure(
		"usage",
		`-o takes "${output}" for a file's name, and there is no prompt`,
		{
			hint: `give -o its value, and the prompt behind it; a prompt on stdin: a dash in its place`,
		},
	);
}

function checkPrompt(prompt: string): string {
	if (prompt.trim() === "")
		throw new Failure("usage", "the prompt is empty", {
			hint: 'say what to make, in quotes; to try it free of charge: flux-ultra --sandbox "a serene japanese garden"',
		});
	if (Buffer.byteLength(prompt) > maxPromptBytes) throw tooLong();
	return prompt;
}

async function readAll(stdin: Runtime["stdin"]): Promise<Buffer> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of stdin) {
		const bytes = Buffer.from(chunk);
		size += bytes.length;
		// A byte order mark and a line end are not the prompt's.
		if (size > maxPromptBytes + 3 + 2) throw tooLong();
		chunks.push(bytes);
	}
	return Buffer.concat(chunks);
}

function tooLong(): Failure {
	return new Failure(
		"usage",
		`the prompt is longer than ${maxPromptBytes / 1024} KiB`,
	);
}
