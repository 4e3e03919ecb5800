import * as z from "zod/mini";
import { Failure } from "../errors.ts";
import { parseJson } from "../system/json.ts";
import { textAt, valueAt } from "./json.ts";
import { remedyFor } from "./remedies.ts";
import { parseRetryAfter } from "./retry.ts";
import { service } from "./service.ts";
import type { TextAnswer, WireAnswer } from "./transport.ts";
import type { WireError } from "./wire-error.ts";

/** An answer of the service that is not the one asked for. */
export class ServiceProblem extends Error {
	override readonly name = "ServiceProblem";
	readonly status!: number;
	/** The service's own code, `RATE_LIMITED` for one. */
	readonly code: string | undefined;
	/** Names of inputs that it says are missing. */
	readonly missingInputs: readonly string[] = [];
	/** The message without the names of inputs: only by what is said of them can it be judged. */
	readonly words: string;
	readonly requestId: string | undefined;
	readonly retryAfterMs: number | undefined;
	/** False where a proxy or CDN answered in place of the API: then nobody knows what the API did. */
	readonly fromService!: boolean;

	constructor(
		message: string,
		details: Pick<ServiceProblem, "status" | "fromService"> &
			Partial<Omit<ServiceProblem, keyof Error>>,
	) {
		super(message);
		this.words = message;
		Object.assign(this, details);
	}
}

/** Reads an error answer; the field errors of a 422 end up in the message, each with its field. */
export function readProblem(answer: TextAnswer, nowMs: number): ServiceProblem {
	const { status, headers, text } = answer;
	const redirect = describeRedirect(answer);
	if (redirect)
		return new ServiceProblem(redirect, { status, fromService: false });
	const body = z.looseObject({}).safeParse(parseJson(text)).data;
	const code = textAt(body, service.problem.code);
	const message = textAt(body, service.problem.message);
	const fields = fieldErrorsIn(body);
	const said = [
		...(message ? [message] : []),
		...fields.map(({ name, msg }) => (name ? `${name}: ${msg}` : msg)),
	];
	const words = [message, ...fields.map(({ msg }) => msg)].join("; ");
	if (said.length === 0)
		said.push(body ? describeWordless(answer, code) : describeForeign(answer));
	return new ServiceProblem(said.join("; "), {
		status,
		code,
		words,
		missingInputs: missingIn(message, fields),
		requestId: textAt(body, ["request_id"]) ?? requestIdIn(answer),
		retryAfterMs: parseRetryAfter(headers, nowMs),
		fromService: body !== undefined,
	});
}

/** An answer that is not what was asked for although its status says so: nobody knows what the service did. */
export function unreadable(
	answer: TextAnswer,
	missing: string,
): ServiceProblem {
	const { fromService, message } = readProblem(answer, 0);
	return new ServiceProblem(
		fromService ? `an answer with ${missing}` : message,
		{
			status: answer.status,
			requestId: requestIdIn(answer),
			fromService: false,
		},
	);
}

const fieldErrors = z.array(
	z.looseObject({
		loc: z.catch(z.array(z.union([z.string(), z.number()])), []),
		msg: z.catch(z.string(), "not accepted"),
	}),
);

/** What is wrong with which input, as a 422 says. */
function fieldErrorsIn(
	body: unknown,
): readonly { readonly name: string; readonly msg: string }[] {
	const lists = service.problem.fields.map(
		(path) => fieldErrors.safeParse(valueAt(body, path)).data,
	);
	const list = lists.find((one) => one !== undefined) ?? [];
	return list.map(({ loc, msg }) => ({ name: `${loc.at(-1) ?? ""}`, msg }));
}

function missingIn(
	message = "",
	fields: ReturnType<typeof fieldErrorsIn>,
): readonly string[] {
	const { missing } = service.imageInputs;
	const named = fields.filter(({ msg }) => missing.test(msg));
	// Without a list of fields the message alone may name one; a plain "image" there is no name.
	const inWords = missing.test(message)
		? (message.match(/\w+_\w+/g) ?? [])
		: [];
	return [...named.map(({ name }) => name), ...inWords];
}

/** Redirects are not followed: the key would go wherever they lead. */
function describeRedirect({ status, headers }: WireAnswer): string | undefined {
	const { location } = headers;
	if (status < 300 || status > 399 || !location) return undefined;
	// The query may hold a secret.
	const shown = URL.canParse(location)
		? new URL(location).origin + new URL(location).pathname
		: location.replace(/[?#].*$/s, "");
	return `a redirect to ${shown} (HTTP ${status})`;
}

function requestIdIn({ headers }: WireAnswer): string | undefined {
	return service.headers.requestId.map((name) => headers[name]).find(Boolean);
}

/** JSON of the service in a shape that nobody has told us of. */
function describeWordless(
	{ status, text }: TextAnswer,
	code: string | undefined,
): string {
	return code ? `HTTP ${status}` : `HTTP ${status}: ${text.slice(0, 80)}`;
}

function describeForeign({ status, text, headers }: TextAnswer): string {
	const kind = headers["content-type"]?.split(";")[0] || "no content type";
	if (text.trim() === "") return `an empty answer (HTTP ${status})`;
	return `an answer that is not the API's (HTTP ${status}, ${kind}): ${text.trim().slice(0, 80)}`;
}

/** The user's view of a problem: what failed, and what to do. */
export function problemToFailure(problem: ServiceProblem): Failure {
	const { code, hint, retryable = false } = remedyFor(problem);
	const said = problem.code ? `${problem.code}: ` : "";
	return new Failure(code, `${said}${problem.message}`, {
		hint,
		retryable,
		httpStatus: problem.status,
		requestId: problem.requestId,
		cause: problem,
	});
}

/** The user's view of a request without an answer. */
export function wireErrorToFailure(error: WireError): Failure {
	return new Failure("network", error.message, {
		hint:
			error.hint ??
			"check the connection, and HTTPS_PROXY if there is a proxy; then run the same command again",
		retryable: error.mayPass,
		cause: error,
	});
}
