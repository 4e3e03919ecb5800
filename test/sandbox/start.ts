import { onTestFinished } from "vitest";
import { parseFault, parseReadings } from "../../src/sandbox/faults/parse.ts";
import type { SandboxOptions } from "../../src/sandbox/options.ts";
import type { Paint } from "../../src/sandbox/pictures.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";

export const ultra = "/v1/models/black-forest-labs/flux-1-1-pro-ultra";

export type StartOptions = Omit<SandboxOptions, "faults"> & {
	readonly faults?: readonly string[];
	/** Names of readings. */
	readonly as?: readonly string[];
};

/** A sandbox with runs that take no time and pictures that only look like some from afar; gone after the test. */
export async function start({
	faults = [],
	as = [],
	...options
}: StartOptions = {}): Promise<Sandbox> {
	const sandbox = await startSandbox({
		latencyMs: 0,
		paint,
		seed: 1,
		...options,
		faults: [...faults.map(parseFault), ...parseReadings(as)],
	});
	onTestFinished(() => sandbox.stop());
	return sandbox;
}

/** Start and end marker of a JPEG around the request, repeated to some kilobytes. */
const paint: Paint = async (request) => {
	const text = `${JSON.stringify({ ...request, inputs: request.inputs?.length })}\n`;
	return Buffer.concat([
		Buffer.from([0xff, 0xd8]),
		Buffer.from(text.repeat(40)),
		Buffer.from([0xff, 0xd9]),
	]);
};

export interface Reply {
	readonly status: number;
	readonly headers: Headers;
	readonly text: string;
	/** The body as JSON; undefined where it is none. */
	readonly json: Json;
}

/** Whatever JSON may hold, for tests to look into. */
export interface Json {
	readonly [name: string]: Json;
}

/** What is in a JSON list. */
export function list(json: Json | undefined): readonly Json[] {
	return json as unknown as readonly Json[];
}

export async function call(
	sandbox: Sandbox,
	path: string,
	init: {
		readonly method?: string;
		readonly body?: unknown;
		readonly headers?: Readonly<Record<string, string>>;
		readonly key?: string | null | undefined;
	} = {},
): Promise<Reply> {
	const { key = sandbox.apiKey, body } = init;
	const response = await fetch(new URL(path, sandbox.apiUrl), {
		method: init.method ?? (body === undefined ? "GET" : "POST"),
		headers: {
			...(key !== null && { authorization: `Bearer ${key}` }),
			...(body !== undefined && { "content-type": "application/json" }),
			...init.headers,
		},
		...(body !== undefined && {
			body: typeof body === "string" ? body : JSON.stringify(body),
		}),
	});
	const text = await response.text();
	return {
		status: response.status,
		headers: response.headers,
		text,
		json: parse(text) as Json,
	};
}

/** A run of Ultra, as its creation is answered. */
export function buy(
	sandbox: Sandbox,
	body: Readonly<Record<string, unknown>> = {},
	headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
	const input = { prompt: "a garden", seed: 42 };
	return call(sandbox, `${ultra}/runs`, { body: { input, ...body }, headers });
}

/** A new run, as it is read right after its creation. */
export async function buyAndRead(
	sandbox: Sandbox,
	body: Readonly<Record<string, unknown>> = {},
): Promise<Json> {
	const { json } = await buy(sandbox, body);
	return (await call(sandbox, `/v1/runs/${json.id}`)).json;
}

/** The link to the first picture of a new run. */
export async function buyLink(sandbox: Sandbox): Promise<string> {
	const run = await buyAndRead(sandbox);
	return String(run.output?.outputs?.[0]?.url);
}

/** Milliseconds since 1970 that only move when they are told to. */
export function fakeNow() {
	let ms = Date.UTC(2026, 10, 3, 12);
	return {
		now: () => ms,
		advance: (by: number) => {
			ms += by;
		},
	};
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
