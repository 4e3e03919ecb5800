import { type Failure, systemCode } from "../errors.ts";
import { deadDiskCodes } from "../system/disk-failure.ts";

/** Whether what stopped one image would stop all others that are still to be bought: a refused key, an empty account, a full disk. */
export function concernsAll(failure: Failure): boolean {
	const { code, charged, httpStatus, cause } = failure;
	switch (code) {
		case "auth":
		case "no_credit":
			return true;
		case "disk":
			return deadDiskCodes.includes(systemCode(cause) ?? "");
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
