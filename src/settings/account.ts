import { createHash } from "node:crypto";

/**
 * A name for the account of a key, to keep apart what belongs to one account and is nothing to another. The key cannot be found out
 * from it. Two keys of one account have two names, as the service does not tell whose a key is.
 */
export function accountOf(key: string): string {
	return createHash("sha256")
		.update(`flux-ultra account ${key}`)
		.digest("hex")
		.slice(0, 32);
}
