/** An answer of the API that is not the one asked for. Thrown by handlers, written by the server. */
export class Problem extends Error {
	override readonly name = "Problem";
	readonly code: ProblemCode;
	readonly status: number;
	readonly errors: readonly FieldError[] | null;
	readonly headers: Readonly<Record<string, string>>;

	/** By default with the status and the message that go with the code. */
	constructor(
		code: ProblemCode,
		message: string = codes[code][1],
		more: Partial<Pick<Problem, "status" | "errors" | "headers">> = {},
	) {
		super(message);
		this.code = code;
		this.status = more.status ?? codes[code][0];
		this.errors = more.errors ?? null;
		this.headers = more.headers ?? {};
	}
}

/** Which field, from the outermost name inwards, and what is wrong with it (shape: vendor documentation). */
export interface FieldError {
	readonly loc: readonly (string | number)[];
	readonly msg: string;
}

type ProblemCode = keyof typeof codes;

// Vendor documentation: UNAUTHORIZED to ORGANIZATION_MEMBERSHIP_REQUIRED, RUN_NOT_FOUND, CONFLICT, RATE_LIMITED and
// MODEL_UNAVAILABLE. The other codes are inferred; that moderation can strike before there is a run is as well.
const codes = {
	BAD_REQUEST: [400, "Bad request"],
	UNAUTHORIZED: [401, "Missing or invalid API key"],
	INSUFFICIENT_CREDIT: [
		402,
		"The organization has not enough credit for this run",
	],
	PERMISSION_DENIED: [403, "This API key may not do this"],
	EMAIL_NOT_VERIFIED: [403, "Verify your email address first"],
	ORGANIZATION_MEMBERSHIP_REQUIRED: [
		403,
		"This user belongs to no organization",
	],
	NOT_FOUND: [404, "There is nothing here"],
	RUN_NOT_FOUND: [404, "This run was not found"],
	ASSET_NOT_FOUND: [404, "This asset was not found"],
	MODEL_NOT_FOUND: [404, "This model was not found"],
	METHOD_NOT_ALLOWED: [405, "This is not a method of this path"],
	CONFLICT: [409, "This Idempotency-Key was used with another request"],
	PAYLOAD_TOO_LARGE: [413, "The body is too large"],
	UNSUPPORTED_MEDIA_TYPE: [
		415,
		"Send JSON, with the header Content-Type: application/json",
	],
	VALIDATION_ERROR: [422, "Validation failed"],
	CONTENT_MODERATED: [422, "The prompt was blocked by content moderation"],
	RATE_LIMITED: [429, "Too many requests, slow down"],
	INTERNAL_ERROR: [500, "Something went wrong on our side"],
	SERVICE_UNAVAILABLE: [503, "Something went wrong on our side"],
	MODEL_UNAVAILABLE: [503, "The provider of this model is not reachable"],
} as const satisfies Record<string, readonly [number, string]>;

/** 422 with the fields at fault, which are the documented part. */
export function invalid(...errors: readonly FieldError[]): Problem {
	return new Problem("VALIDATION_ERROR", undefined, { errors });
}

/** A 5xx of the service itself. */
export function serverError(status: number): Problem {
	return status === 500
		? new Problem("INTERNAL_ERROR")
		: new Problem("SERVICE_UNAVAILABLE", undefined, { status });
}
