import { type Answer, htmlPage, json } from "./answers.ts";
import type { Strikes } from "./dice.ts";
import type { FaultName } from "./fault-table.ts";
import { type Problem, problemBody, problems } from "./problems.ts";

/** What becomes of a request in the end. */
export type Effect =
	| { readonly kind: "answer"; readonly answer: Answer }
	/** The whole length is announced, half of the body sent, then the connection ends. */
	| { readonly kind: "cut"; readonly answer: Answer }
	| { readonly kind: "reset" }
	| { readonly kind: "hang" };

type WithProblem = (problem: Problem, headers?: Answer["headers"]) => Effect;

/** What strikes before the API sees the request; undefined where nothing does. `fail` writes a problem as an answer. */
export function effectBefore(
	strikes: Strikes,
	isPost: boolean,
	fail: WithProblem,
): Effect | undefined {
	for (const name of strikes.names) {
		const effect = before(name, strikes, isPost, fail);
		if (effect) return effect;
	}
	return undefined;
}

/** What strikes between the API, which has done its work, and the client. */
export function effectAfter(
	strikes: Strikes,
	answer: Answer,
	fail: WithProblem,
): Effect {
	for (const name of strikes.names) {
		const effect = after(name, answer, fail);
		if (effect) return effect;
	}
	return { kind: "answer", answer };
}

/** The answer to a problem, in the documented shape or one of those that were also met. */
export function problemAnswer(
	problem: Problem,
	strikes: Strikes,
	requestId: string,
	headers: Answer["headers"] = {},
): Answer {
	const { status, code, message } = problem;
	const body = strikes.has("error-nested")
		? { error: { code, message } }
		: strikes.has("error-string")
			? { error: message }
			: strikes.has("error-detail")
				? { detail: message }
				: problemBody(problem, requestId);
	const answer = json(status, body);
	return { ...answer, headers: { ...answer.headers, ...headers } };
}

function before(
	name: FaultName,
	strikes: Strikes,
	isPost: boolean,
	fail: WithProblem,
): Effect | undefined {
	switch (name) {
		case "reset-before":
			return { kind: "reset" };
		case "hang-before":
			return { kind: "hang" };
		case "html":
			return page(200);
		case "html-502":
			return page(502);
		case "503-html":
			return page(503);
		case "429":
			return fail(problems.rateLimited());
		case "429-retry-after": {
			const seconds = Math.ceil((strikes.timeOf(name) ?? 0) / 1_000);
			return fail(problems.rateLimited(), { "retry-after": String(seconds) });
		}
		case "5xx": {
			const statuses = [500, 502, 503, 504];
			const turn = strikes.turnOf(name) - 1;
			return fail(problems.down(statuses[turn % 4] ?? 500));
		}
		case "500":
		case "502":
		case "503":
		case "504":
			return fail(problems.down(Number(name)));
		case "400":
			return fail(problems.badRequest("The sandbox was asked to refuse this"));
		case "409":
			return fail(
				problems.conflict("This Idempotency-Key was used with another request"),
			);
		case "422":
			return fail(problems.refused(isPost));
		case "no-key":
			return fail(problems.unauthorized());
		case "forbidden":
			return fail(problems.permissionDenied("do this"));
		case "email-not-verified":
			return fail(problems.emailNotVerified());
		case "no-organization":
			return fail(problems.noOrganization());
		case "no-credit":
			return fail(problems.insufficientCredit());
		case "moderated":
			return fail(problems.moderated());
		case "model-unavailable":
			return fail(problems.modelUnavailable());
		default:
			return undefined;
	}
}

function after(
	name: FaultName,
	answer: Answer,
	fail: WithProblem,
): Effect | undefined {
	switch (name) {
		case "reset-after":
			return { kind: "reset" };
		case "hang-after":
			return { kind: "hang" };
		case "html-after":
			return page(502);
		case "500-after":
			return fail(problems.down(500));
		case "503-after":
			return fail(problems.down(503));
		case "garbage":
			return withBody(answer, '{"id": "019e\u0000 <<garbage>>');
		case "nonsense":
			return withBody(answer, '{"ok": true}');
		case "empty":
			return withBody(answer, "");
		case "cut":
			return { kind: "cut", answer };
		default:
			return undefined;
	}
}

function page(status: number): Effect {
	return { kind: "answer", answer: htmlPage(status) };
}

function withBody(answer: Answer, text: string): Effect {
	return { kind: "answer", answer: { ...answer, body: Buffer.from(text) } };
}
