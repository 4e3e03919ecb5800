import { type Run, runSchema } from "../runflow/schemas.ts";
import { service } from "../runflow/service.ts";

/** What a callback says; `other` is of something that is no run, or of a run that goes on. */
export type Callback =
	| { readonly kind: "end"; readonly run: Run }
	| { readonly kind: "other" }
	| { readonly kind: "unreadable"; readonly why: string };

/**
 * Reads the body of a callback, whose signature is known to be good: `{event, run_id, status, output, duration_ms, created_at,
 * completed_at, metadata}` (D). It names no cost, and of a failure no reason.
 */
export function readCallback(rawBody: Uint8Array): Callback {
	const body = parseObject(rawBody);
	if (body === undefined)
		return { kind: "unreadable", why: "it is not a JSON object" };
	const event = typeof body.event === "string" ? body.event : "";
	const runId = body.run_id;
	if (typeof runId !== "string" || runId === "") {
		// The service's batches can be called back for as well, and whatever it will think of next.
		return event === "" || event.startsWith("run.")
			? { kind: "unreadable", why: "it names no run" }
			: { kind: "other" };
	}
	// An `id` beside the run's would be the callback's own.
	const run = runSchema.safeParse({ ...body, id: runId }).data;
	if (run === undefined)
		return { kind: "unreadable", why: "it holds no run object" };
	if (hasEnded(run)) return { kind: "end", run };
	if (run.state !== "unknown") return { kind: "other" };
	const statuses: Readonly<Record<string, string>> = service.callbacks.statusOf;
	if (!Object.hasOwn(statuses, event)) return { kind: "other" };
	const status_code = statuses[event];
	return {
		kind: "end",
		run: runSchema.parse({ ...body, id: runId, status_code }),
	};
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

function hasEnded({ state }: Run): boolean {
	return state === "succeeded" || state === "failed" || state === "canceled";
}
