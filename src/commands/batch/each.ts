import path from "node:path";
import { Failure } from "../../errors.ts";
import { placeholdersOf } from "../../names/template.ts";
import { type Each, listNamed } from "../../rows/combinations.ts";
import { createListReader } from "../../rows/word-list.ts";
import { escaped } from "../../system/escape.ts";
import { type EachFlags, readSample } from "../image/each.ts";

/**
 * What `--each` says of the rows of a batch. Rows come from elsewhere more often than options do, so lists that they alone
 * name are those below the working folder: what a list holds is sent.
 * @throws {Failure} `usage`
 */
export function readEach(
	flags: EachFlags & {
		readonly prompt?: string;
		readonly allowAbsolute?: boolean;
	},
	cwd: string,
): Each | undefined {
	const sample = readSample(flags);
	if (!flags.each) return undefined;
	const own = flags.prompt ? placeholdersOf(flags.prompt).map(listNamed) : [];
	const read = createListReader(cwd);
	return {
		sample,
		async readList(name) {
			const way = path.relative(cwd, path.resolve(cwd, name));
			const isOutside = /^\.\.(?![^/\\])/.test(way) || path.isAbsolute(way);
			if (isOutside && !flags.allowAbsolute && !own.includes(name))
				throw new Failure(
					"usage",
					`the list ${escaped(name)} is outside of the working folder`,
					{ hint: "where you trust the rows: --allow-absolute" },
				);
			return read(name);
		},
	};
}
