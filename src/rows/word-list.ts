import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import path from "node:path";
import { Failure } from "../errors.ts";
import { systemReason } from "../system/disk-failure.ts";
import { escaped } from "../system/escape.ts";
import { maxLineBytes } from "./lines.ts";

/**
 * Reads the lists that choices name, each file once: a word or more a line, without the blanks around them and without blank lines.
 * @param cwd where their names start from
 * @throws {Failure} `usage` for a file that cannot be read, is empty, too long or not text
 */
export function createListReader(
	cwd: string,
): (name: string) => Promise<readonly string[]> {
	const known = new Map<string, Promise<readonly string[]>>();
	return (name) => {
		const list = known.get(name) ?? readList(name, cwd);
		known.set(name, list);
		return list;
	};
}

async function readList(name: string, cwd: string): Promise<readonly string[]> {
	const shown = escaped(name);
	if (name === "")
		throw new Failure("usage", "{file:} names no file", {
			hint: "write the name behind the colon: {file:colours.txt}",
		});
	const bytes = await readStart(path.resolve(cwd, name)).catch((cause) => {
		throw new Failure("usage", `cannot read ${shown}: ${systemReason(cause)}`, {
			hint: "{file:colours.txt} is a file of words, one choice a line, as seen from the working folder",
			cause,
		});
	});
	if (bytes.length > maxLineBytes)
		throw new Failure("usage", `${shown} is longer than 1 MiB`);
	if (!isUtf8(bytes) || bytes.includes(0))
		throw new Failure("usage", `${shown} is not text in UTF-8`);
	const lines = new TextDecoder().decode(bytes).split("\n");
	const words = lines.map((line) => line.trim()).filter(Boolean);
	if (words.length === 0)
		throw new Failure("usage", `${shown} holds no words`, {
			hint: "one choice a line",
		});
	return words;
}

/** As much of a file as shows that it is too long: a device may have no end. */
async function readStart(file: string): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of createReadStream(file, { end: maxLineBytes }))
		chunks.push(chunk);
	return Buffer.concat(chunks);
}
