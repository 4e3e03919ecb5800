import type * as z from "zod/mini";
import { parseJson } from "../system/json.ts";
import { readProblem, ServiceProblem, unreadable } from "./problem.ts";
import { service } from "./service.ts";
import type { TextAnswer, Transport } from "./transport.ts";

export interface CallerOptions {
	readonly apiUrl: string;
	/** Undefined for what is public, so that a wrong one cannot be refused. */
	readonly key: string | undefined;
	readonly transport: Transport;
	readonly now: () => number;
}

/** A body as JSON; the key makes the service answer a repetition with what the first try got. */
interface CallBody {
	readonly text: string;
	readonly idempotencyKey?: string;
}

export type Caller = ReturnType<typeof createCaller>;

/** Requests of the API with the account's key: every endpoint is called through this. */
export function createCaller({ apiUrl, transport, key, now }: CallerOptions) {
	let sandbox = false;

	/** Any 2xx; a POST where there is a body. @throws {ServiceProblem} for every other answer @throws {WireError} for none */
	async function call(
		path: string,
		signal: AbortSignal | undefined,
		body?: CallBody,
	): Promise<TextAnswer> {
		const answer = await transport.fetchText({
			method: body ? "POST" : "GET",
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
			throw readProblem(answer, now());
		return answer;
	}

	return {
		call,
		/** The same, read by a schema. What it can't read is a ServiceProblem that is not from the service: nobody knows what it did. */
		async read<S extends z.ZodMiniType>(
			schema: S,
			...request: Parameters<typeof call>
		): Promise<z.output<S>> {
			const answer = await call(...request);
			const parsed = schema.safeParse(parseJson(answer.text));
			if (parsed.success) return parsed.data;
			const [issue] = parsed.error.issues;
			throw unreadable(answer, issue?.message ?? "nothing in it");
		},
		/** Whether an answer told that this is a sandbox. */
		isSandbox: () => sandbox,
	};
}

/**
 * What is got at the first of these paths that is not refused in a way that another path may mend; where all are, the answer to the
 * first is thrown, as that is the documented one.
 * @param isElsewhere whether an answer is reason to try the next path
 */
export async function atFirstKnown<T>(
	paths: readonly string[],
	ask: (path: string) => Promise<T>,
	isElsewhere = isUnknownPath,
): Promise<T> {
	let unknown: unknown;
	for (const path of paths)
		try {
			return await ask(path);
		} catch (error) {
			if (!(error instanceof ServiceProblem) || !isElsewhere(error))
				throw error;
			unknown ??= error;
		}
	throw unknown;
}

function isUnknownPath({ status, code }: ServiceProblem): boolean {
	return status === 404 && code !== service.runNotFound;
}
