import { execFileSync, spawnSync } from "node:child_process";
import type { Json } from "../cli/world.ts";

/** Without it what it would read is left out, and the tests say so. Debian: libimage-exiftool-perl. */
export const isMissing =
	spawnSync("exiftool", ["-ver"]).status === 0
		? false
		: "there is no exiftool to read the copies";

/** What a file says of itself, by another program than the one that wrote it: `IFD0:XResolution` and so on. */
export function readTags(file: string): Json {
	const [tags] = JSON.parse(
		execFileSync("exiftool", ["-json", "-G1", "-n", file], {
			encoding: "utf8",
		}),
	);
	return tags;
}
