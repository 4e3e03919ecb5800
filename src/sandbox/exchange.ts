import type { IncomingHttpHeaders } from "node:http";
import type { Strikes } from "./dice.ts";
import { isObject } from "./input-check.ts";
import { problems } from "./problems.ts";

/** One request as a handler sees it. */
export interface Exchange {
	readonly method: string;
	readonly url: URL;
	/** The model or the id in the path, as the route's pattern caught it, decoded; empty where it catches none. */
	readonly captured: string;
	readonly headers: IncomingHttpHeaders;
	readonly body: Buffer;
	readonly strikes: Strikes;
	/** The id that the answer carries. */
	readonly requestId: string;
	/** Adds to the log's line. */
	note(text: string): void;
}

/** The body as an object; an empty body is `{}`. */
export function readObject(exchange: Exchange): Record<string, unknown> {
	if (exchange.body.length === 0) return {};
	if (!exchange.headers["content-type"]?.includes("json"))
		throw problems.notJson();
	let value: unknown;
	try {
		value = JSON.parse(exchange.body.toString("utf8"));
	} catch {
		throw problems.badRequest("The body is not valid JSON");
	}
	if (!isObject(value)) throw problems.badRequest("The body is no object");
	return value;
}
