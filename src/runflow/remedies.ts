import type { ErrorCode } from "../errors.ts";
import type { ServiceProblem } from "./problem.ts";
import { service } from "./service.ts";

/** What an error answer means to the user, and what mends it. */
export interface Remedy {
	readonly code: ErrorCode;
	readonly hint?: string;
	readonly retryable?: boolean;
}

/** What an answer that is an error means. */
export function remedyFor(problem: ServiceProblem): Remedy {
	const { status, code, words, fromService } = problem;
	if (!fromService && [401, 402, 403].includes(status)) return refusedOnTheWay;
	// A page of a proxy has such words as well, about something else.
	if (fromService && status < 500 && isModeration(code, words))
		return moderated;
	return (
		remedies[`${status} ${code}`] ??
		remedies[status] ??
		remedies[`${Math.floor(status / 100)}xx`] ?? { code: "bad_response" }
	);
}

/** Whether a code or a message is one of moderation. That an input has such a name says nothing. */
export function isModeration(code = "", message = ""): boolean {
	const { words, inputs } = service.moderation;
	return words.test(`${code} ${message}`.replace(inputs, ""));
}

/** Whatever stands before the service: it says nothing of the key or the account. */
const refusedOnTheWay: Remedy = {
	code: "unavailable",
	hint: "something before the service refused the request, a firewall, a portal or a CDN, and not because of the key: try another network, or ask whoever runs this one",
};

const moderated: Remedy = {
	code: "moderated",
	hint: "change the prompt; nothing was charged",
};

const notAccepted: Remedy = {
	code: "run_failed",
	hint: "the service does not accept these inputs; nothing was charged",
};

/** By status and the service's own code, by status, by its class. */
const remedies: Readonly<Record<string, Remedy>> = {
	"3xx": {
		code: "bad_response",
		hint: "the API does not redirect: set FLUX_ULTRA_API_URL to where it is, or leave it out",
	},
	400: notAccepted,
	401: {
		code: "auth",
		hint: `the key was refused: flux-ultra auth login (keys: ${service.links.keys})`,
	},
	402: { code: "no_credit", hint: `top up at ${service.links.billing}` },
	403: {
		code: "auth",
		hint: `the key may not do this: use one with the right scope (${service.links.keys})`,
	},
	"403 EMAIL_NOT_VERIFIED": {
		code: "auth",
		hint: "verify the e-mail address of the Runflow account",
	},
	"403 ORGANIZATION_MEMBERSHIP_REQUIRED": {
		code: "auth",
		hint: "the key is of another organisation: join it, or use one of its keys",
	},
	404: {
		code: "bad_response",
		hint: "check the model's id or the run's id, and that the key is of the same account",
	},
	422: notAccepted,
	429: {
		code: "rate_limited",
		hint: "wait a minute, then run the same command again",
		retryable: true,
	},
	"5xx": {
		code: "unavailable",
		hint: "run the same command again later, or try another model with -m",
		retryable: true,
	},
};
