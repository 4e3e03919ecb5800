import { type Failure, systemCode } from "../errors.ts";

/** What the system says of a disk that takes nothing more, from whichever image. */
const deadDisk = ["ENOSPC", "EDQUOT", "EROFS", "EIO"];

/** Whether what stopped one image would stop all others that are still to be bought: a refused key, an empty account, a full disk. */
export function concernsAll(failure: Failure): boolean {
	const { code, charged, httpStatus, cause } = failure;
	switch (code) {
		case "auth":
		case "no_credit":
			return true;
		case "disk":
			return deadDisk.includes(systemCode(cause) ?? "");
		case "unavailable":
			// Through all tries.
			return charged === "no";
		case "bad_response":
			// The model itself is unknown.
			return charged === "no" && httpStatus === 404;
		default:
			return false;
	}
}
