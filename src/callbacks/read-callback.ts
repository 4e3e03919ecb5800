/** What a callback says; `other` is of something that is no run. */
export type Callback =
	| { readonly kind: "run"; readonly runId: string }
	| { readonly kind: "other" }
	| { readonly kind: "unreadable"; readonly why: string };

/**
 * Reads which run a callback is about, `{event, run_id, …}` (D). Nothing else of it is used: the run itself says how it
 * ended, what it cost, and why it failed, which a callback does not.
 */
export function readCallback(rawBody: Uint8Array): Callback {
	const body = parseObject(rawBody);
	if (body === undefined)
		return { kind: "unreadable", why: "it is not a JSON object" };
	const { event, run_id: runId } = body;
	if (typeof runId === "string" && runId !== "") return { kind: "run", runId };
	// The service's batches can be called back for as well, and whatever it will think of next.
	const isOther =
		typeof event === "string" && event !== "" && !event.startsWith("run.");
	return isOther
		? { kind: "other" }
		: { kind: "unreadable", why: "it names no run" };
}

function parseObject(
	rawBody: Uint8Array,
): Readonly<Record<string, unknown>> | undefined {
	try {
		const text = new TextDecoder("utf-8", { fatal: true }).decode(rawBody);
		const value: unknown = JSON.parse(text);
		return typeof value === "object" && value !== null && !Array.isArray(value)
			? (value as Record<string, unknown>)
			: undefined;
	} catch {
		return undefined;
	}
}
