import { systemCode } from "../errors.ts";

/** Why the system would not, in words. */
export function systemReason(error: unknown): string {
	const code = systemCode(error);
	if (code === undefined)
		return error instanceof Error ? error.message : String(error);
	return words[code] ?? code;
}

const words: Readonly<Record<string, string>> = {
	EACCES: "not allowed",
	EDQUOT: "your quota of the disk is used up",
	EISDIR: "it is a folder",
	EMFILE: "too many files are open",
	ENOENT: "there is no such file",
	ENOSPC: "the disk is full",
	ENOTDIR: "a part of the path is no folder",
	EPERM: "not allowed",
	EROFS: "the disk is read-only",
};
