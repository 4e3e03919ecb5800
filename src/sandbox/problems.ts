/** An answer of the API that is not the one asked for. Thrown by handlers, written by the server. */
export class Problem extends Error {
	override readonly name = "Problem";
	readonly status: number;
	readonly code: string;
	readonly errors: readonly FieldError[] | null;

	constructor(
		status: number,
		code: string,
		message: string,
		errors: readonly FieldError[] | null = null,
	) {
		super(message);
		this.status = status;
		this.code = code;
		this.errors = errors;
	}
}

/** Which field, from the outermost name inwards, and what is wrong with it (shape: vendor documentation). */
export interface FieldError {
	readonly loc: readonly (string | number)[];
	readonly msg: string;
}

/** The body of an error (vendor documentation); that the request's id stands in it as well is inferred. */
export function problemBody(
	problem: Problem,
	requestId: string,
): Record<string, unknown> {
	return {
		code: problem.code,
		message: problem.message,
		errors: problem.errors,
		request_id: requestId,
	};
}

/** 422 with the fields at fault. The code is inferred; the documented part is `errors`. */
export function invalid(errors: readonly FieldError[]): Problem {
	return new Problem(422, "VALIDATION_ERROR", "Validation failed", errors);
}

export function invalidField(loc: FieldError["loc"], msg: string): Problem {
	return invalid([{ loc, msg }]);
}

// Statuses and codes: vendor documentation, apart from MODEL_NOT_FOUND and MODEL_UNAVAILABLE, which are inferred.
export const problems = {
	badRequest: (message: string) => new Problem(400, "BAD_REQUEST", message),
	unauthorized: () =>
		new Problem(401, "UNAUTHORIZED", "Missing or invalid API key"),
	insufficientCredit: () =>
		new Problem(
			402,
			"INSUFFICIENT_CREDIT",
			"The organization has not enough credit for this run",
		),
	permissionDenied: (what: string) =>
		new Problem(403, "PERMISSION_DENIED", `This API key may not ${what}`),
	emailNotVerified: () =>
		new Problem(403, "EMAIL_NOT_VERIFIED", "Verify your email address first"),
	noOrganization: () =>
		new Problem(
			403,
			"ORGANIZATION_MEMBERSHIP_REQUIRED",
			"This user belongs to no organization",
		),
	notFound: () => new Problem(404, "NOT_FOUND", "There is nothing here"),
	runNotFound: (id: string) =>
		new Problem(404, "RUN_NOT_FOUND", `Run ${id} was not found`),
	assetNotFound: (id: string) =>
		new Problem(404, "ASSET_NOT_FOUND", `Asset ${id} was not found`),
	modelNotFound: (model: string) =>
		new Problem(404, "MODEL_NOT_FOUND", `Model ${model} was not found`),
	methodNotAllowed: (method: string) =>
		new Problem(
			405,
			"METHOD_NOT_ALLOWED",
			`${method} is not a method of this path`,
		),
	conflict: (message: string) => new Problem(409, "CONFLICT", message),
	tooLarge: () =>
		new Problem(413, "PAYLOAD_TOO_LARGE", "The body is too large"),
	notJson: () =>
		new Problem(
			415,
			"UNSUPPORTED_MEDIA_TYPE",
			"Send JSON, with the header Content-Type: application/json",
		),
	/** (inferred) No code for moderation is public, nor whether it can strike this early. */
	moderated: () =>
		new Problem(
			422,
			"CONTENT_MODERATED",
			"The prompt was blocked by content moderation",
		),
	rateLimited: () =>
		new Problem(429, "RATE_LIMITED", "Too many requests, slow down"),
	internal: (message: string) => new Problem(500, "INTERNAL_ERROR", message),
	/** A 5xx of the service itself. */
	down: (status: number) =>
		new Problem(
			status,
			status === 500 ? "INTERNAL_ERROR" : "SERVICE_UNAVAILABLE",
			"Something went wrong on our side",
		),
	modelUnavailable: () =>
		new Problem(
			503,
			"MODEL_UNAVAILABLE",
			"The provider of this model is not reachable",
		),
	/** A 422 for no reason of the request's own. */
	refused: (isPost: boolean) =>
		invalidField(
			isPost ? ["body", "input", "prompt"] : ["query", "q"],
			"The sandbox was asked to refuse this",
		),
} as const;
