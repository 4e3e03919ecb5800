import { Failure, systemCode } from "../errors.ts";

/** A file that could not be written, in the user's terms. The image is paid: a later command brings it. */
export function diskFailure(file: string, error: unknown): Failure {
	const code = systemCode(error);
	const reasons: Readonly<Record<string, string>> = {
		ENOSPC: "the disk is full",
		EDQUOT: "the disk quota is used up",
		EACCES: "permission denied",
		EPERM: "permission denied",
		EROFS: "the file system is read-only",
		ENOENT: "no file can be made in this folder",
		EIO: "the disk reports an error",
	};
	const reason = (code && reasons[code]) ?? code ?? String(error);
	return new Failure("disk", `${file} cannot be written: ${reason}`, {
		retryable: true,
		cause: error,
	});
}
