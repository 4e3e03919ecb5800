import path from "node:path";
import { Failure } from "../errors.ts";
import { isFile, isFolder } from "../system/folder.ts";
import { retype } from "./retype.ts";

/** Why an argument is no prompt: it is the name of a file or folder, or ends like one. Undefined where it isn't. */
export async function fileMeant(
	word: string,
	cwd: string,
): Promise<Failure | undefined> {
	const name = word.trim();
	if (name === "" || name === "-") return undefined;
	const place = path.resolve(cwd, word);
	if (isFolderPath(name) && (/[/\\]$/.test(name) || (await isFolder(place))))
		return noPrompt(name, "folder", `to write into it: -o ${name}`);
	if (isFileName(name) || (await isFile(place)))
		return noPrompt(name, "file", usesOf(name));
	return undefined;
}

export function isFileName(word: string): boolean {
	return rowFiles.test(word) || imageFiles.test(word);
}

/** What may have been meant by a file, in lines that buy nothing. */
export function usesOf(name: string): string {
	if (/\.(xlsx?|ods)$/i.test(name))
		return "save it as CSV, and give that to flux-ultra batch";
	return imageFiles.test(name)
		? `to start from the image: --image ${name}; to write it: -o ${name}; how it was made: ${retype(["show", name])}`
		: `an image for each of its rows: ${retype(["batch", name, "--dry-run"])}`;
}

const rowFiles = /\.(txt|csv|tsv|jsonl|ndjson|json|xlsx?|ods|md)$/i;
const imageFiles = /\.(jpe?g|png|webp|gif|tiff?|avif|heic)$/i;

/** A word alone may name a folder and be a slip of a command; words with blanks are rather a prompt. */
function isFolderPath(name: string): boolean {
	return !/\s/.test(name) && !/^[\p{L}-]+$/u.test(name);
}

function noPrompt(
	name: string,
	kind: "file" | "folder",
	uses: string,
): Failure {
	return new Failure(
		"usage",
		`"${name}" is the name of a ${kind}, and no prompt`,
		{ hint: `${uses}; a picture of the words: behind --` },
	);
}
