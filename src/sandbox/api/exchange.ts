import type { IncomingHttpHeaders } from "node:http";
import { parseJson } from "../../system/json.ts";
import type { ActiveFaults } from "../faults/injector.ts";
import { type Answer, json } from "../server/answers.ts";
import { type FieldError, Problem } from "../server/problems.ts";

/** One request as a handler sees it. */
export interface Exchange {
	readonly method: string;
	readonly url: URL;
	/** The model or the id in the path, decoded; empty where the route has none. */
	readonly captured: string;
	readonly headers: IncomingHttpHeaders;
	readonly body: Buffer;
	readonly faults: ActiveFaults;
	/** The id that the answer carries. */
	readonly requestId: string;
	/** Adds to the log's line. */
	note(text: string): void;
}

/** The body as an object; an empty body is `{}`. */
export function readObject({
	body,
	headers,
}: Exchange): Record<string, unknown> {
	if (body.length === 0) return {};
	if (!headers["content-type"]?.includes("json"))
		throw new Problem("UNSUPPORTED_MEDIA_TYPE");
	const value = parseJson(body.toString("utf8"));
	if (isObject(value)) return value;
	const fault = value === undefined ? "not valid JSON" : "no object";
	throw new Problem("BAD_REQUEST", `The body is ${fault}`);
}

export function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text of at most `longest` characters in the body, or null; what is wrong with it goes into `errors`. */
export function readText(
	body: Readonly<Record<string, unknown>>,
	name: string,
	longest: number,
	errors: FieldError[],
): string | null {
	const value = body[name] ?? null;
	const msg =
		value !== null && typeof value !== "string"
			? "Input should be a valid string"
			: value !== null && value.length > longest
				? `String should have at most ${longest} characters`
				: undefined;
	if (msg) errors.push({ loc: ["body", name], msg });
	return typeof value === "string" ? value : null;
}

/** 201 as documented, or the 200 that a fault makes of it. */
export function answerCreated(
	{ faults }: Exchange,
	value: Readonly<Record<string, unknown>>,
): Answer {
	return json(faults.has("status-200") ? 200 : 201, value);
}
