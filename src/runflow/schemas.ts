import * as z from "zod/mini";
import { asObject, numberAt, textAt, valueAt } from "./json.ts";
import { service } from "./service.ts";

/*
 * The service's answers as we read them: each schema demands what nothing works without, completing "an answer with …", and
 * takes any other field, by its places in service.ts, as missing where it is of a type that nobody promised.
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
	/** Presigned: it expires, and its query is a secret. Or the image itself, as `data:`. */
	readonly url: string;
	/** The asset that this output is, where the service names one: it can be an input without an upload. */
	readonly assetId?: string;
	/** What the image has, in pixels, where the service says so. */
	readonly size?: { readonly width: number; readonly height: number };
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
	/** When it left the queue. */
	readonly startedAt: string | undefined;
	readonly completedAt: string | undefined;
	readonly requestId: string | undefined;
	readonly failure: { readonly code?: string; readonly message?: string };
	/** The service's own id of the model, not the one in paths. */
	readonly modelId: string | undefined;
	/** The answer as it came, for `--json` and for saying what came instead of an image. */
	readonly raw: unknown;
}

/** A run object; all that it must have is its id. */
export const runSchema = z.pipe(
	z
		.looseObject({}, "no run object")
		.check(
			z.refine((wire) => textAt(wire, service.run.id), "no `id` in the run"),
		),
	z.transform(toRun),
);

export const runListSchema = z.pipe(
	z.looseObject({ items: z.array(runSchema, "no list of `items`") }),
	z.transform((page) => ({ runs: page.items, ...cursorOf(page) })),
);

export interface LogLine {
	readonly level: string;
	readonly message: string;
	readonly timestamp: string;
}

export const logsSchema = z.pipe(
	z.looseObject({ items: z.array(z.looseObject({}), "no list of `items`") }),
	z.transform(({ items }): readonly LogLine[] =>
		items.map((line) => ({
			level: textAt(line, ["level_code"]) ?? "",
			message: textAt(line, ["message"]) ?? "",
			timestamp: textAt(line, ["timestamp"]) ?? "",
		})),
	),
);

/** The credit of an account in US dollars, added up where it has several; undefined where the answer holds none that we can read. */
export const balanceSchema = z.pipe(
	z.looseObject({}, "no balance"),
	z.transform((body) => {
		const { items } = body;
		const isList = Array.isArray(items) && items.length > 0;
		const total = (isList ? items : [body])
			.map(dollarsIn)
			.reduce((sum, one) => sum + one, 0);
		return Number.isFinite(total) ? total : undefined;
	}),
);

/** The text of a secret, without the white space around it. */
export const callbackSecretSchema = z
	.pipe(
		z.looseObject({}, "no `plain_secret`"),
		z.transform((wire) => textAt(wire, ["plain_secret"])?.trim() ?? ""),
	)
	.check(z.refine((secret) => secret !== "", "no `plain_secret`"));

function dollarsIn(balance: unknown): number {
	for (const [path, perDollar] of service.balance) {
		const amount = valueAt(balance, path);
		if (typeof amount === "string" || typeof amount === "number")
			return Number(amount) / perDollar;
	}
	return Number.NaN;
}

/** Where a list goes on. A cursor in a shape that nobody promised is a cursor all the same, though nobody can follow it. */
export function cursorOf(page: unknown): {
	readonly next: string | undefined;
	readonly isLastPage: boolean;
} {
	const { cursors } = service.listing;
	return {
		next: textAt(page, cursors),
		isLastPage: !cursors.some((path) => valueAt(page, path)),
	};
}

function toRun(wire: Readonly<Record<string, unknown>>): Run {
	const { run } = service;
	const status = textAt(wire, run.status) ?? "";
	const code = textAt(wire, run.failureCode);
	const message = textAt(wire, run.failureMessage);
	const outputs = outputsOf(wire);
	const { cost } = wire;
	return {
		id: textAt(wire, run.id) ?? "",
		state: stateOf(status),
		status,
		outputs,
		images: outputs.length || (numberAt(wire, ["input.num_images"]) ?? 1),
		seed: numberAt(wire, run.seed),
		nsfwDetected: valueAt(wire, "output.nsfw_detected") === true,
		costText:
			typeof cost === "string" || typeof cost === "number"
				? String(cost)
				: undefined,
		clientRef: textAt(wire, ["client_ref"]),
		jobRef: textAt(wire, ["metadata.job"]),
		prompt: textAt(wire, ["input.prompt"]),
		durationMs: numberAt(wire, ["duration_ms"]),
		createdAt: textAt(wire, ["created_at"]),
		startedAt: textAt(wire, ["started_at"]),
		completedAt: textAt(wire, ["completed_at"]),
		requestId: textAt(wire, ["request_id"]),
		failure: { ...(code && { code }), ...(message && { message }) },
		modelId: textAt(wire, ["model_id"]),
		raw: wire,
	};
}

function stateOf(status: string): RunState {
	const states: Readonly<Record<string, RunState>> = service.statuses;
	const state = Object.hasOwn(states, status) ? states[status] : undefined;
	return state ?? "unknown";
}

/** Where a run has its outputs, a path of names; undefined where only a search finds them, or nothing does. */
export function placeOfOutputs({ raw }: Run): string | undefined {
	return service.run.outputs.find((path) => outputsAt(raw, path).length > 0);
}

function outputsAt(wire: unknown, path: string): readonly RunOutput[] {
	return [valueAt(wire, path)].flat().flatMap(outputOf);
}

/** Those of the first place that holds a link; failing that, whatever looks like one. */
function outputsOf(wire: unknown): readonly RunOutput[] {
	const { outputs: places, anyLink } = service.run;
	for (const path of places) {
		const outputs = outputsAt(wire, path);
		if (outputs.length > 0) return outputs;
	}
	return anyLink.under.flatMap((name) => anyLinks(valueAt(wire, name), name));
}

/** The links of a value by the names that they stand under; an object is one output. */
function anyLinks(value: unknown, name: string): readonly RunOutput[] {
	const { names, notUnder } = service.run.anyLink;
	if (notUnder.test(name)) return [];
	if (Array.isArray(value)) return value.flatMap((one) => anyLinks(one, name));
	if (typeof value === "string")
		return names.test(name) && /^(https?|data):/i.test(value)
			? outputOf(value)
			: [];
	const own = outputOf(value);
	if (own.length > 0) return own;
	return Object.entries(asObject(value)).flatMap(([key, one]) =>
		anyLinks(one, key),
	);
}

function outputOf(entry: unknown): readonly RunOutput[] {
	const url =
		typeof entry === "string" ? entry : textAt(entry, service.run.link);
	if (!url || !URL.canParse(url)) return [];
	const { url: reference, idIn, outputField } = service.assets;
	const named = textAt(entry, [outputField]) ?? "";
	const assetId = idIn(reference(named)) ?? idIn(named) ?? idIn(url);
	const width = numberAt(entry, ["width"]);
	const height = numberAt(entry, ["height"]);
	const size = width && height ? { size: { width, height } } : undefined;
	return [{ url, ...(assetId && { assetId }), ...size }];
}
