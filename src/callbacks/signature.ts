import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Whether a callback is signed with the secret: HMAC-SHA256 of the raw body in hex (D). Upper-case digits and `sha256=` before them,
 * as others write it, are read as well (?). Compared in constant time, so that no signature can be guessed digit by digit.
 */
export function isSigned(
	rawBody: Uint8Array,
	header: string,
	secret: string,
): boolean {
	const told = digestOf(header);
	return told !== undefined && timingSafeEqual(told, sign(rawBody, secret));
}

function digestOf(header: string): Buffer | undefined {
	const [, hex] = /^(?:sha256=)?([\da-f]{64})$/i.exec(header.trim()) ?? [];
	return hex === undefined ? undefined : Buffer.from(hex, "hex");
}

function sign(rawBody: Uint8Array, secret: string): Buffer {
	return createHmac("sha256", secret).update(rawBody).digest();
}
