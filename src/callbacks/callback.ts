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
	const [, hex] = /^(?:sha256=)?([\da-f]{64})$/i.exec(header.trim()) ?? [];
	if (hex === undefined) return false;
	const digest = createHmac("sha256", secret).update(rawBody).digest();
	return timingSafeEqual(Buffer.from(hex, "hex"), digest);
}

/** The run that a callback is about, undefined where it is about something else; or why it cannot be read. */
export type Callback =
	| { readonly runId: string | undefined }
	| { readonly fault: string };

/**
 * Reads which run a callback is about, `{event, run_id, …}` (D). Nothing else of it is used: the run itself says how it
 * ended, what it cost, and why it failed, which a callback does not.
 */
export function readCallback(rawBody: Uint8Array): Callback {
	const body = parseObject(rawBody);
	if (body === undefined) return { fault: "it is not a JSON object" };
	const { event, run_id: runId } = body;
	if (typeof runId === "string" && runId !== "") return { runId };
	// The service's batches can be called back for as well, and whatever it will think of next.
	const isOther =
		typeof event === "string" && event !== "" && !event.startsWith("run.");
	return isOther ? { runId: undefined } : { fault: "it names no run" };
}

function parseObject(
	rawBody: Uint8Array,
): Readonly<Record<string, unknown>> | undefined {
	try {
		const text = new TextDecoder("utf-8", { fatal: true }).decode(rawBody);
		const value = JSON.parse(text);
		return Array.isArray(value) || Object(value) !== value ? undefined : value;
	} catch {
		return undefined;
	}
}
