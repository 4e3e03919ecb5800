import { describe, expect, test } from "vitest";
import {
	problemToFailure,
	readProblem,
	ServiceProblem,
	wireErrorToFailure,
} from "../../src/runflow/problem.ts";
import { toWireError } from "../../src/runflow/wire-error.ts";

const nowMs = Date.UTC(2026, 10, 3, 12);

/** Reads an answer of the service; objects are sent as JSON. */
function read(
	body: unknown,
	{ status = 422, headers = {} }: Partial<Answer> = {},
): ServiceProblem {
	const text = typeof body === "string" ? body : JSON.stringify(body);
	return readProblem({ status, headers, text }, nowMs);
}

interface Answer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
}

describe("what an error answer says", () => {
	test.each(
		Object.entries({
			'{"code":"PERMISSION_DENIED","message":"not yours","errors":null}':
				"PERMISSION_DENIED: not yours",
			'{"error":{"code":"CONFLICT","message":"another body"}}':
				"CONFLICT: another body",
			'{"error":"no such run"}': "no code: no such run",
			'{"detail":"Not authenticated"}': "no code: Not authenticated",
			'{"code":"INVALID","message":"not valid","errors":[{"loc":["body","input","prompt"],"msg":"is too long"},{"loc":["body","input","seed"]}]}':
				"INVALID: not valid; prompt: is too long; seed: not accepted",
			// As FastAPI writes them.
			'{"detail":[{"loc":["body","input","seed"],"msg":"must be a number"}]}':
				"no code: seed: must be a number",
			'{"errors":[{"loc":["body",0],"msg":"is missing"}]}':
				"no code: 0: is missing",
			'{"message":"not valid","errors":[{"msg":"too many"}]}':
				"no code: not valid; too many",
			'{"code":"INVALID","message":"not valid","errors":{"prompt":"long"}}':
				"INVALID: not valid",
			'{"code":"RATE_LIMITED"}': "RATE_LIMITED: HTTP 422",
			"{}": "no code: HTTP 422: {}",
			'{"code":7,"message":{"text":"x"},"error":[1],"detail":3}':
				'no code: HTTP 422: {"code":7,"message":{"text":"x"},"error":[1],"detail":3}',
		}),
	)("%s", (body, said) => {
		const { code = "no code", message, fromService } = read(body);
		expect([`${code}: ${message}`, fromService]).toEqual([said, true]);
	});

	test.each([
		[
			"HTML",
			"<html>\n<h1>502 Bad Gateway</h1>",
			"text/html; charset=utf-8",
			"an answer that is not the API's (HTTP 502, text/html): <html>\n<h1>502 Bad Gateway</h1>",
		],
		["nothing", "", "text/html", "an empty answer (HTTP 502)"],
		["blanks", " \n", "text/html", "an empty answer (HTTP 502)"],
		[
			"JSON that is no object",
			'"down"',
			"application/json",
			'an answer that is not the API\'s (HTTP 502, application/json): "down"',
		],
		[
			"a text of no type",
			"x".repeat(200),
			"",
			`an answer that is not the API's (HTTP 502, no content type): ${"x".repeat(80)}`,
		],
	])("%s is not from the service", (_what, text, type, message) => {
		const headers = { "content-type": type };
		const { fromService, ...problem } = read(text, { status: 502, headers });
		expect({ fromService, code: problem.code }).toEqual({
			fromService: false,
			code: undefined,
		});
		expect(read(text, { status: 502, headers }).message).toBe(message);
	});

	test.each([
		["the body", { request_id: "req-1" }, { "x-request-id": "req-2" }, "req-1"],
		["a header", {}, { "x-request-id": "req-2" }, "req-2"],
		["the vendor's header", {}, { "runflow-request-id": "req-3" }, "req-3"],
		["nowhere", {}, {}, undefined],
	])("the id of the request is taken from %s", (_where, body, headers, id) => {
		expect(read(body, { headers }).requestId).toBe(id);
	});

	test.each([
		["7", 7_000],
		["Tue, 03 Nov 2026 12:00:30 GMT", 30_000],
		["soon", undefined],
	])("Retry-After %j asks for %j ms", (value, retryAfterMs) => {
		const headers = { "retry-after": value };
		expect(read({}, { status: 429, headers }).retryAfterMs).toBe(retryAfterMs);
	});
});

const keys = "https://app.runflow.io/settings/api-keys";
const keyHint = `the key was refused: flux-ultra auth login (keys: ${keys})`;
const topUp = "top up at https://app.runflow.io/settings/billing";
const emailHint = "verify the e-mail address of the Runflow account";
const organizationHint =
	"the key is of another organisation: join it, or use one of its keys";
const inAMinute = "wait a minute, then run the same command again";
const scopeHint = `the key may not do this: use one with the right scope (${keys})`;
const notAccepted =
	"the service does not accept these inputs; nothing was charged";
const later = "run the same command again later, or try another model with -m";
const moderated = "change the prompt; nothing was charged";
const lost =
	"check the model's id or the run's id, and that the key is of the same account";

describe("what stands before the service", () => {
	const answer = (
		status: number,
		text: string,
		headers: Record<string, string> = {},
	) => readProblem({ status, headers, text }, 0);

	test.each([401, 402, 403])(
		"and answers %i in HTML says nothing of the key",
		(status) => {
			const failure = problemToFailure(answer(status, "<h1>Blocked</h1>"));
			expect(failure).toMatchObject({ code: "unavailable", retryable: false });
			expect(failure.hint).toContain("not because of the key");
		},
	);

	test.each([200, 400, 404])(
		"and answers %i with a page in words of moderation says nothing of the prompt",
		(status) => {
			const page = "<h1>This site is prohibited by your safety policy</h1>";
			const failure = problemToFailure(answer(status, page));
			expect(failure.code).not.toBe("moderated");
		},
	);

	test("and redirects says where to, without what may be a secret, and is not followed", () => {
		const location = "https://api.example.com/safety/runs?token=secret#x";
		const failure = problemToFailure(answer(308, "", { location }));
		expect(failure).toMatchObject({
			code: "bad_response",
			message: "a redirect to https://api.example.com/safety/runs (HTTP 308)",
		});
		expect(failure.hint).toContain("FLUX_ULTRA_API_URL");
	});
});

describe("what the user is told of a problem", () => {
	test.each([
		[400, undefined, "run_failed", notAccepted],
		[422, undefined, "run_failed", notAccepted],
		[422, "INPUT_VALIDATION_FAILED", "run_failed", notAccepted],
		[422, "CONTENT_POLICY_VIOLATION", "moderated", moderated],
		[400, "PROMPT_FLAGGED", "moderated", moderated],
		[403, "MODERATION_REFUSED", "moderated", moderated],
		[401, "UNAUTHORIZED", "auth", keyHint],
		[402, "INSUFFICIENT_CREDIT", "no_credit", topUp],
		[402, "INSUFFICIENT_CREDITS", "no_credit", topUp],
		[403, "PERMISSION_DENIED", "auth", scopeHint],
		[403, undefined, "auth", scopeHint],
		[403, "EMAIL_NOT_VERIFIED", "auth", emailHint],
		[403, "ORGANIZATION_MEMBERSHIP_REQUIRED", "auth", organizationHint],
		[404, "RUN_NOT_FOUND", "bad_response", lost],
		[404, "MODEL_NOT_FOUND", "bad_response", lost],
		[409, "CONFLICT", "bad_response", undefined],
		[418, undefined, "bad_response", undefined],
		[429, "RATE_LIMITED", "rate_limited", inAMinute],
		[500, undefined, "unavailable", later],
		[502, undefined, "unavailable", later],
		[503, "MODEL_UNAVAILABLE", "unavailable", later],
		[500, "SAFETY_SERVICE_DOWN", "unavailable", later],
		[301, undefined, "bad_response", expect.stringContaining("API_URL")],
	])("HTTP %i %s is %s", (status, said, code, hint) => {
		const problem = new ServiceProblem("because", {
			status,
			code: said,
			requestId: "req-1",
			fromService: true,
		});
		const failure = problemToFailure(problem);
		expect({ ...failure, message: failure.message, cause: undefined }).toEqual({
			name: "Failure",
			code,
			message: said ? `${said}: because` : "because",
			hint,
			retryable: status === 429 || status >= 500,
			httpStatus: status,
			requestId: "req-1",
			charged: undefined,
			cause: undefined,
		});
		expect(failure.cause).toBe(problem);
	});

	test("words of moderation in the message are enough", () => {
		const message = "Your prompt was blocked by our safety system";
		const problem = read({ code: "BAD_REQUEST", message }, { status: 400 });
		expect(problemToFailure(problem).code).toBe("moderated");
	});

	test.each([
		["safety_tolerance", "Input should be less than or equal to 6"],
		["enable_safety_checker", "Extra inputs are not permitted"],
		["moderation", "Extra inputs are not permitted"],
	])("an input by the name of %s is no moderation", (name, msg) => {
		const problem = read({
			code: "INPUT_VALIDATION_FAILED",
			message: "not valid",
			errors: [{ loc: ["body", "input", name], msg }],
		});
		expect(problem.message).toBe(`not valid; ${name}: ${msg}`);
		expect(problemToFailure(problem).code).toBe("run_failed");
	});

	test.each([
		["safety_tolerance must be from 1 to 6", "run_failed"],
		["unknown input enable_safety_checker", "run_failed"],
		["the safety checker has flagged the prompt", "moderated"],
	])("%j is %s", (message, code) => {
		const problem = read({ code: "BAD_REQUEST", message }, { status: 400 });
		expect(problemToFailure(problem).code).toBe(code);
	});

	test("what is said of an input may be moderation", () => {
		const loc = ["body", "input", "prompt"];
		const errors = [{ loc, msg: "was flagged as unsafe" }];
		expect(problemToFailure(read({ errors })).code).toBe("moderated");
	});

	test.each([
		[
			{
				errors: [
					{ loc: ["body", "input", "image_b64"], msg: "Field required" },
				],
			},
			["image_b64"],
		],
		[{ detail: [{ loc: ["input", "image"], msg: "Missing" }] }, ["image"]],
		[{ message: "image_urls is required" }, ["image_urls"]],
		[{ message: "an image is required" }, []],
		[{ errors: [{ loc: ["image_url"], msg: "not an address" }] }, []],
	])("the inputs that are missing are known: %j", (body, missing) => {
		expect(read(body).missingInputs).toEqual(missing);
	});

	test("a request without an answer is the network's fault, and may be made again", () => {
		const error = toWireError(
			Object.assign(new Error(), { code: "ECONNREFUSED" }),
			"api.test",
		);
		const failure = wireErrorToFailure(error);
		expect({ ...failure, message: failure.message, cause: undefined }).toEqual({
			name: "Failure",
			code: "network",
			message: "connection refused: api.test",
			hint: "check the connection, and HTTPS_PROXY if there is a proxy; then run the same command again",
			retryable: true,
			httpStatus: undefined,
			requestId: undefined,
			charged: undefined,
			cause: undefined,
		});
	});
});
