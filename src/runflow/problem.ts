import { type ErrorCode, Failure } from "../errors.ts";
import { parseRetryAfter } from "./retry.ts";
import { fieldErrors, problemSchema } from "./schemas.ts";
import { service } from "./service.ts";
import type { WireAnswer } from "./transport.ts";
import type { WireError } from "./wire-error.ts";

/** An answer of the service that is not the one asked for. */
export class ServiceProblem extends Error {
	override readonly name = "ServiceProblem";
	readonly status: number;
	/** The service's own code, `RATE_LIMITED` for one. */
	readonly code: string | undefined;
	readonly requestId: string | undefined;
	readonly retryAfterMs: number | undefined;
	/** False where a proxy or CDN answered in place of the API: then nobody knows what the API did. */
	readonly fromService: boolean;

	constructor(
		message: string,
		details: {
			status: number;
			code?: string | undefined;
			requestId?: string | undefined;
			retryAfterMs?: number | undefined;
			fromService: boolean;
		},
	) {
		super(message);
		this.status = details.status;
		this.code = details.code;
		this.requestId = details.requestId;
		this.retryAfterMs = details.retryAfterMs;
		this.fromService = details.fromService;
	}
}

/** Reads an error answer; the field errors of a 422 end up in the message, each with its field. */
export function readProblem(
	answer: WireAnswer & { readonly text: string },
	nowMs: number,
): ServiceProblem {
	const redirect = redirectOf(answer);
	if (redirect) return redirect;
	const body = problemSchema.safeParse(parseJson(answer.text)).data;
	const nested = typeof body?.error === "object" ? body.error : undefined;
	const code = body?.code ?? nested?.code ?? undefined;
	const fields = (
		body?.errors ??
		fieldErrors.safeParse(body?.detail).data ??
		[]
	).map(({ loc, msg }) => [...loc.slice(-1), msg ?? "not accepted"].join(": "));
	const message =
		body?.message ??
		nested?.message ??
		(typeof body?.error === "string" ? body.error : undefined) ??
		(typeof body?.detail === "string" ? body.detail : undefined);
	const said = message === undefined ? fields : [message, ...fields];
	if (said.length === 0)
		said.push(body ? describeWordless(answer, code) : describeForeign(answer));
	return new ServiceProblem(said.join("; "), {
		status: answer.status,
		code,
		requestId: body?.request_id ?? requestIdOf(answer),
		retryAfterMs: parseRetryAfter(answer.headers, nowMs),
		fromService: body !== undefined,
	});
}

/** Redirects are not followed: the key would go wherever they lead. */
function redirectOf({
	status,
	headers,
}: WireAnswer): ServiceProblem | undefined {
	const { location } = headers;
	if (status < 300 || status > 399 || !location) return undefined;
	const where = URL.canParse(location) ? new URL(location) : undefined;
	const shown = where
		? `${where.origin}${where.pathname}`
		: location.replace(/[?#].*$/s, "");
	return new ServiceProblem(`a redirect to ${shown} (HTTP ${status})`, {
		status,
		fromService: false,
	});
}

export function requestIdOf(answer: WireAnswer): string | undefined {
	return service.headers.requestId
		.map((name) => answer.headers[name])
		.find(Boolean);
}

/** JSON, or undefined: an HTML page of a proxy is no reason to stop. */
export function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
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

interface Remedy {
	readonly code: ErrorCode;
	readonly hint?: string;
	readonly retryable?: boolean;
}

function remedyFor(problem: ServiceProblem): Remedy {
	const { status, code, message, fromService } = problem;
	if (status >= 300 && status < 400)
		return {
			code: "bad_response",
			hint: "the API does not redirect: set FLUX_ULTRA_API_URL to where it is, or leave it out",
		};
	// Whatever stands before the service: it says nothing of the key or the account.
	if (!fromService && [401, 402, 403].includes(status))
		return {
			code: "unavailable",
			hint: "something before the service refused the request, a firewall, a portal or a CDN, and not because of the key: try another network, or ask whoever runs this one",
		};
	if (status < 500 && service.moderationWords.test(`${code} ${message}`))
		return {
			code: "moderated",
			hint: "change the prompt; nothing was charged",
		};
	if (status === 401)
		return {
			code: "auth",
			hint: `the key was refused: flux-ultra auth login (keys: ${service.links.keys})`,
		};
	if (status === 402)
		return { code: "no_credit", hint: `top up at ${service.links.billing}` };
	if (status === 403) return { code: "auth", hint: hintFor403(code) };
	if (status === 404)
		return {
			code: "bad_response",
			hint: "check the model's id or the run's id, and that the key is of the same account",
		};
	if (status === 429)
		return {
			code: "rate_limited",
			hint: "wait a minute, then run the same command again",
			retryable: true,
		};
	if (status >= 500)
		return {
			code: "unavailable",
			hint: "run the same command again later, or try another model with -m",
			retryable: true,
		};
	if (status === 400 || status === 422)
		return {
			code: "run_failed",
			hint: "the service does not accept these inputs; nothing was charged",
		};
	return { code: "bad_response" };
}

function hintFor403(code: string | undefined): string {
	if (code === "EMAIL_NOT_VERIFIED")
		return "verify the e-mail address of the Runflow account";
	if (code === "ORGANIZATION_MEMBERSHIP_REQUIRED")
		return "the key is of another organisation: join it, or use one of its keys";
	return `the key may not do this: use one with the right scope (${service.links.keys})`;
}

/** JSON of the service in a shape that nobody has told us of. */
function describeWordless(
	{ status, text }: WireAnswer & { text: string },
	code: string | undefined,
): string {
	return code ? `HTTP ${status}` : `HTTP ${status}: ${text.slice(0, 80)}`;
}

function describeForeign({
	status,
	text,
	headers,
}: WireAnswer & { text: string }): string {
	const kind = headers["content-type"]?.split(";")[0] || "no content type";
	if (text.trim() === "") return `an empty answer (HTTP ${status})`;
	return `an answer that is not the API's (HTTP ${status}, ${kind}): ${text.trim().slice(0, 80)}`;
}
