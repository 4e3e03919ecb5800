import * as z from "zod";
import { service } from "./service.ts";

/**
 * The service's answers as we read them: each schema forgives what the vendor may change (missing
 * and null fields, other places for the same thing) and names what it cannot do without.
 */

/** How far a run is; `unknown` is a status that nobody has told us of, and not an end. */
export type RunState =
	| "queued"
	| "running"
	| "succeeded"
	| "failed"
	| "canceled"
	| "unknown";

export interface RunOutput {
	/** Presigned: it expires, and its query is a secret. */
	readonly url: string;
	/** The asset that this output is, where the service names one: it can be an input without an upload. */
	readonly assetId?: string;
}

/** A run, in our words. */
export interface Run {
	readonly id: string;
	readonly state: RunState;
	/** The status as the service wrote it. */
	readonly status: string;
	readonly outputs: readonly RunOutput[];
	/** How many images it has; before there are any, how many it was asked for. */
	readonly images: number;
	/** The seed that the service says it used. */
	readonly seed: number | undefined;
	readonly nsfwDetected: boolean;
	/** Decimal US dollars, as written. */
	readonly costText: string | undefined;
	readonly clientRef: string | undefined;
	/** `metadata.job`, our own reference where many runs share a `client_ref`. */
	readonly jobRef: string | undefined;
	readonly prompt: string | undefined;
	/** Milliseconds of work, by the service's count. */
	readonly durationMs: number | undefined;
	readonly createdAt: string | undefined;
	readonly completedAt: string | undefined;
	readonly requestId: string | undefined;
	readonly failure: { readonly code?: string; readonly message?: string };
	/** The service's own id of the model, not the one in paths. */
	readonly modelId: string | undefined;
	/** The answer as it came, for `--json` and for saying what came instead of an image. */
	readonly raw: unknown;
}

const text = z.string().nullish().catch(undefined);
const object = z.record(z.string(), z.unknown());
// Completes "an answer with …".
const noItems = "no list of `items`";

const wireRun = z
	.looseObject(
		{
			id: text,
			run_id: text,
			status_code: text,
			status: text,
			output: z.unknown().optional(),
			input: object.nullish().catch(undefined),
			metadata: object.nullish().catch(undefined),
			error: z.unknown().optional(),
			cost: z.union([z.string(), z.number()]).nullish().catch(undefined),
			duration_ms: z.number().nullish().catch(undefined),
			client_ref: text,
			request_id: text,
			created_at: text,
			completed_at: text,
			failure_code: text,
			failure_message: text,
			failure_reason: text,
		},
		"no run object",
	)
	.refine((run) => Boolean(run.id ?? run.run_id), "no `id` in the run");

/** A run object. The id is what nothing works without; a status is missed only where `needsStatus`. */
export const runSchema = wireRun.transform(toRun);

export const runListSchema = z
	.looseObject({
		items: z.array(runSchema, noItems),
		next: z.unknown().optional(),
		next_pq: z.unknown().optional(),
	})
	.transform(({ items, next, next_pq }) => ({
		items,
		next: stringOf(next) ?? stringOf(next_pq),
		// A cursor in a shape that nobody promised is a cursor all the same.
		isLastPage: !next && !next_pq,
	}));

/** What is wrong with which input, as a 422 says. */
export const fieldErrors = z.array(
	z.looseObject({
		loc: z.array(z.union([z.string(), z.number()])).catch([]),
		msg: text,
	}),
);

/** The error bodies that the service and what stands before it have been seen to send. */
export const problemSchema = z.looseObject({
	code: text,
	message: text,
	request_id: text,
	detail: z.unknown().optional(),
	error: z
		.union([z.string(), z.looseObject({ code: text, message: text })])
		.nullish()
		.catch(undefined),
	errors: fieldErrors.nullish().catch(undefined),
});

function toRun(wire: z.output<typeof wireRun>): Run {
	const status = wire.status_code ?? wire.status ?? "";
	const output = asObject(wire.output);
	const error = asObject(wire.error);
	const code = wire.failure_code ?? stringOf(error.code);
	const message =
		wire.failure_message ??
		wire.failure_reason ??
		stringOf(error.message) ??
		stringOf(wire.error);
	const outputs = outputsOf(wire.output);
	return {
		id: wire.id ?? wire.run_id ?? "",
		state: stateOf(status),
		status,
		outputs,
		images: outputs.length || (numberOf(wire.input?.num_images) ?? 1),
		seed: numberOf(output.seed) ?? numberOf(wire.input?.seed),
		nsfwDetected: output.nsfw_detected === true,
		costText: wire.cost == null ? undefined : String(wire.cost),
		clientRef: wire.client_ref ?? undefined,
		jobRef: stringOf(wire.metadata?.job),
		prompt: stringOf(wire.input?.prompt),
		durationMs: wire.duration_ms ?? undefined,
		createdAt: wire.created_at ?? undefined,
		completedAt: wire.completed_at ?? undefined,
		requestId: wire.request_id ?? undefined,
		failure: { ...(code && { code }), ...(message && { message }) },
		modelId: stringOf(wire.model_id),
		raw: wire,
	};
}

function numberOf(value: unknown): number | undefined {
	return typeof value === "number" ? value : undefined;
}

function stateOf(status: string): RunState {
	const states: Readonly<Record<string, RunState>> = service.statuses;
	return Object.hasOwn(states, status)
		? (states[status] ?? "unknown")
		: "unknown";
}

/** Wherever models have been seen to put their links, in the order of how usual the place is. */
function outputsOf(output: unknown): RunOutput[] {
	const at = asObject(output);
	const places = [
		at.outputs,
		at.images,
		at.image_urls,
		at.image,
		at.url,
		at.output_url,
		output,
	];
	for (const place of places) {
		const urls = (Array.isArray(place) ? place : [place]).flatMap((entry) => {
			const url =
				typeof entry === "string" ? entry : stringOf(asObject(entry).url);
			if (!url || !URL.canParse(url)) return [];
			const assetId = assetIdOf(entry, url);
			return [{ url, ...(assetId && { assetId }) }];
		});
		if (urls.length > 0) return urls;
	}
	return [];
}

function assetIdOf(entry: unknown, url: string): string | undefined {
	const { url: reference, idIn, outputField } = service.assets;
	const named = stringOf(asObject(entry)[outputField]) ?? "";
	return idIn(reference(named)) ?? idIn(named) ?? idIn(url);
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
	return typeof value === "object" && value !== null
		? (value as Record<string, unknown>)
		: {};
}

function stringOf(value: unknown): string | undefined {
	return typeof value === "string" && value !== "" ? value : undefined;
}
