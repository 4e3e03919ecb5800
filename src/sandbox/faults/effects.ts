import { type Answer, htmlPage, json } from "../server/answers.ts";
import { invalid, Problem, serverError } from "../server/problems.ts";
import type { ActiveFaults } from "./injector.ts";
import type { FaultName } from "./table.ts";

/** What becomes of a request in the end. */
export type Effect =
	| { readonly kind: "answer"; readonly answer: Answer }
	/** The whole length is announced, half of the body sent, then the connection ends. */
	| { readonly kind: "cut"; readonly answer: Answer }
	| { readonly kind: "reset" }
	| { readonly kind: "hang" };

/** What strikes before the API sees the request: a problem is for the caller to write; undefined where nothing strikes. */
export function effectBefore(
	faults: ActiveFaults,
	isPost: boolean,
): Effect | Problem | undefined {
	for (const name of faults.names) {
		const effect = before[name]?.(faults, isPost);
		if (effect) return effect;
	}
	return undefined;
}

/** What strikes between the API, which has done its work, and the client. */
export function effectAfter(
	faults: ActiveFaults,
	answer: Answer,
): Effect | Problem {
	for (const name of faults.names) {
		const effect = after[name]?.(answer);
		if (effect) return effect;
	}
	return { kind: "answer", answer };
}

/**
 * The answer to a problem: its body is documented, or in one of the shapes that were also met. That the request's id
 * stands in it is inferred.
 */
export function problemAnswer(
	problem: Problem,
	faults: ActiveFaults,
	requestId: string,
): Answer {
	const { status, code, message, errors } = problem;
	const headers =
		status === 429 && faults.has("retry-after")
			? { "retry-after": "1" }
			: problem.headers;
	const body = faults.has("error-nested")
		? { error: { code, message } }
		: faults.has("error-string")
			? { error: message }
			: faults.has("error-detail")
				? { detail: message }
				: { code, message, errors, request_id: requestId };
	return json(status, body, headers);
}

/** The status of the server error that strikes, if one does: one of its own, or each in turn. */
export function serverErrorStatus(faults: ActiveFaults): number | undefined {
	const turn = faults.turnOf("5xx");
	if (turn > 0) return serverErrors[(turn - 1) % serverErrors.length];
	return serverErrors.find((status) => faults.has(`${status}`));
}

const serverErrors = [500, 502, 503, 504] as const;

type Before = (faults: ActiveFaults, isPost: boolean) => Effect | Problem;

const before: { readonly [name in FaultName]?: Before } = {
	"reset-before": () => ({ kind: "reset" }),
	"hang-before": () => ({ kind: "hang" }),
	html: () => page(200),
	"html-502": () => page(502),
	"503-html": () => page(503),
	"429": () => new Problem("RATE_LIMITED"),
	"429-retry-after": (faults) => {
		const seconds = Math.ceil((faults.timeOf("429-retry-after") ?? 0) / 1_000);
		const headers = { "retry-after": String(seconds) };
		return new Problem("RATE_LIMITED", undefined, { headers });
	},
	"5xx": (faults) => serverError(serverErrorStatus(faults) ?? 500),
	"500": () => serverError(500),
	"502": () => serverError(502),
	"503": () => serverError(503),
	"504": () => serverError(504),
	"400": () => new Problem("BAD_REQUEST", refusal),
	"409": () => new Problem("CONFLICT"),
	"422": (_faults, isPost) =>
		invalid({
			loc: isPost ? ["body", "input", "prompt"] : ["query", "q"],
			msg: refusal,
		}),
	"no-key": () => new Problem("UNAUTHORIZED"),
	forbidden: () => new Problem("PERMISSION_DENIED"),
	"no-lookup": () =>
		new Problem("PERMISSION_DENIED", "This API key may not list runs"),
	"no-balance": () =>
		new Problem("PERMISSION_DENIED", "This API key may not read the balance"),
	"no-upload": () =>
		new Problem("PERMISSION_DENIED", "This API key may not create assets"),
	"email-not-verified": () => new Problem("EMAIL_NOT_VERIFIED"),
	"no-organization": () => new Problem("ORGANIZATION_MEMBERSHIP_REQUIRED"),
	"no-credit": () => new Problem("INSUFFICIENT_CREDIT"),
	moderated: () => new Problem("CONTENT_MODERATED"),
	"model-unavailable": () => new Problem("MODEL_UNAVAILABLE"),
};

const refusal = "The sandbox was asked to refuse this";

const after: {
	readonly [name in FaultName]?: (answer: Answer) => Effect | Problem;
} = {
	"reset-after": () => ({ kind: "reset" }),
	"hang-after": () => ({ kind: "hang" }),
	"html-after": () => page(502),
	"500-after": () => serverError(500),
	"503-after": () => serverError(503),
	garbage: (answer) => withBody(answer, '{"id": "019e\u0000 <<garbage>>'),
	nonsense: (answer) => withBody(answer, '{"ok": true}'),
	empty: (answer) => withBody(answer, ""),
	cut: (answer) => ({ kind: "cut", answer }),
};

function page(status: number): Effect {
	return { kind: "answer", answer: htmlPage(status) };
}

function withBody(answer: Answer, text: string): Effect {
	return { kind: "answer", answer: { ...answer, body: Buffer.from(text) } };
}
