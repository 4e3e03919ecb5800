import { Failure } from "../errors.ts";
import { service } from "../runflow/service.ts";

/** An image that cannot be an input, in the user's terms. */
export function unusable(
	message: string,
	hint: string,
	cause?: unknown,
): Failure {
	return new Failure("usage", message, { hint, charged: "no", cause });
}

/** @param name what the user calls the image */
export function tooLarge(name: string): Failure {
	const most = service.limits.assetBytes / (1024 * 1024);
	return unusable(
		`${name} is larger than ${most} MiB, the most that the service takes`,
		"make it smaller, or give the https address of where it is",
	);
}

/** @param name what the user calls the image */
export function empty(name: string): Failure {
	return unusable(`${name} is empty`, "give a JPEG, PNG or WebP");
}
