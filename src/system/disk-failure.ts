import { Failure, systemCode } from "../errors.ts";

type Reasons = Readonly<Record<string, string>>;

/** A file that could not be written, in the user's terms. The image is paid: a later command brings it. */
export function diskFailure(file: string, error: unknown): Failure {
	const reason = systemReason(error, {
		ENOENT: "no file can be made in this folder",
	});
	return new Failure("disk", `${file} cannot be written: ${reason}`, {
		retryable: true,
		cause: error,
	});
}

/** The disk takes nothing more, of whichever file. */
export const deadDiskCodes: readonly string[] = [
	"EDQUOT",
	"EIO",
	"ENOSPC",
	"EROFS",
];

/** Writes to a file. @throws {Failure} `disk` for whatever goes wrong */
export async function onDisk<T>(
	file: string,
	write: () => Promise<T>,
): Promise<T> {
	try {
		return await write();
	} catch (error) {
		throw diskFailure(file, error);
	}
}

/**
 * Why the system would not open, read or write a file that somebody named, in words; the code itself where there are none for it, the
 * message where there is no code.
 * @param own what a code means to who asks
 */
export function systemReason(error: unknown, own: Reasons = {}): string {
	const code = systemCode(error);
	if (code !== undefined) return { ...reasons, ...own }[code] ?? code;
	return error instanceof Error ? error.message : String(error);
}

const reasons: Reasons = {
	EACCES: "permission denied",
	EFBIG: "the file would be larger than is allowed here",
	EDQUOT: "the disk quota is used up",
	EIO: "the disk reports an error",
	EISDIR: "it is a folder",
	ELOOP: "its links lead in a circle",
	EMFILE: "too many files are open",
	ENAMETOOLONG: "its name is too long",
	ENOENT: "there is no such file",
	ENOSPC: "the disk is full",
	ENOTDIR: "a part of the path is a file",
	EPERM: "permission denied",
	EROFS: "the file system is read-only",
};
