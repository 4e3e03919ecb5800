import type * as z from "zod";
import {
	parseJson,
	readProblem,
	requestIdOf,
	ServiceProblem,
} from "./problem.ts";
import { service } from "./service.ts";
import type { Transport, WireAnswer } from "./transport.ts";

export interface CallerOptions {
	readonly apiUrl: string;
	/** Undefined for what is public, so that a wrong one cannot be refused. */
	readonly key: string | undefined;
	readonly transport: Transport;
	readonly now: () => number;
}

/** A body as JSON; the key makes the service answer a repetition with what the first try got. */
export interface CallBody {
	readonly text: string;
	readonly idempotencyKey?: string | undefined;
}

export type TextAnswer = WireAnswer & { readonly text: string };

/** One request of the API with the account's key: every endpoint is called through this. */
export interface Caller {
	/** Any 2xx. @throws {ServiceProblem} for every other answer @throws {WireError} for none */
	call(
		method: "GET" | "POST",
		path: string,
		signal: AbortSignal | undefined,
		body?: CallBody,
	): Promise<TextAnswer>;
	/** Whether an answer told that this is a sandbox. */
	readonly isSandbox: () => boolean;
}

export function createCaller(options: CallerOptions): Caller {
	const { apiUrl, transport, key } = options;
	let sandbox = false;
	return {
		isSandbox: () => sandbox,
		async call(method, path, signal, body) {
			const answer = await transport.fetchText({
				method,
				url: `${apiUrl}${path}`,
				headers: {
					accept: "application/json",
					...(key !== undefined && { authorization: `Bearer ${key}` }),
					...(body && { "content-type": "application/json" }),
					...(body?.idempotencyKey && {
						[service.headers.idempotencyKey]: body.idempotencyKey,
					}),
				},
				...(body && { body: body.text }),
				signal,
			});
			sandbox ||= answer.headers[service.headers.sandbox] !== undefined;
			if (answer.status < 200 || answer.status > 299)
				throw readProblem(answer, options.now());
			return answer;
		},
	};
}

/** Reads an answer by its schema. What cannot be read counts as not from the service: nobody knows what it did. */
export function readAs<S extends z.ZodType>(
	schema: S,
	answer: TextAnswer,
): z.output<S> {
	const parsed = schema.safeParse(parseJson(answer.text));
	if (parsed.success) return parsed.data;
	const problem = readProblem(answer, 0);
	const missing = parsed.error.issues[0]?.message;
	throw new ServiceProblem(
		problem.fromService ? `an answer with ${missing}` : problem.message,
		{
			status: answer.status,
			requestId: requestIdOf(answer),
			fromService: false,
		},
	);
}
