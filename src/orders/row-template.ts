import path from "node:path";
import { Failure } from "../errors.ts";

/**
 * A row's own place: below the folder of `-o`. Rows come from elsewhere more often than options do, so they cannot name
 * a place outside of it; a link inside is followed, since no row can make one.
 * @param base the template of `-o`
 * @throws {Failure} `usage` for a place elsewhere
 */
export function rowTemplate(
	output: string,
	base: string,
	allowsAbsolute: boolean,
): string {
	const isFolder = /[/\\]$/.test(output);
	const folder = path.dirname(base);
	const place = path.resolve(folder, output);
	const isAbsolute = path.isAbsolute(output);
	if (isAbsolute && !allowsAbsolute)
		throw new Failure("usage", `output "${output}" is an absolute path`, {
			hint: "rows name places below the folder of -o; where you trust them: --allow-absolute",
		});
	if (!isAbsolute && !isBelow(folder, place, isFolder))
		throw new Failure("usage", `output "${output}" leaves the folder of -o`, {
			hint: "rows name places below it",
		});
	return isFolder ? path.join(place, path.basename(base)) : place;
}

/** Only a folder may be the folder itself. */
function isBelow(folder: string, place: string, isFolder: boolean): boolean {
	const way = path.relative(folder, place);
	if (way === "") return isFolder;
	return way.split(path.sep)[0] !== ".." && !path.isAbsolute(way);
}

/**
 * A name with a hole in it, where its template needs the column, is meant by nobody: as in a prompt.
 * @param names placeholders of the template
 * @param late those that are filled in later
 * @throws {Failure} `usage`
 */
export function checkFilled(
	names: readonly string[],
	values: Readonly<Record<string, string>>,
	late: readonly string[],
): void {
	const empty = names.find(
		(name) => !late.includes(name) && values[name]?.trim() === "",
	);
	if (empty !== undefined)
		throw new Failure("usage", `"${empty}" is empty, and the name needs it`);
}
