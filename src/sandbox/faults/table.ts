import { type Kind, kinds } from "./kinds.ts";
import { api, storage } from "./points.ts";
import { type ReadingName, readingTable } from "./readings.ts";

export type FaultName = (typeof groups)[number][number]["name"] | ReadingName;

/**
 * Each group strikes at the same points. A name can stand here twice, where it means another thing at another point;
 * the first is meant where no point is written.
 */
const groups = [
	kinds([...api, ...storage, "any"], {
		"reset-before": "the connection is reset; the request has changed nothing",
		"reset-after":
			"the request is carried out (a run is bought), then the connection is reset in place of an answer",
		"hang-before": "no answer, ever; the request has changed nothing",
		"hang-after": "the request is carried out, but no answer comes, ever",
	}),
	kinds(["any", ...api, "put"], {
		slow: ["the answer comes late", 3_000],
	}),
	kinds(["any", ...api], {
		html: "a proxy's HTML page with status 200; the API never saw the request",
		"html-502":
			"a proxy's HTML page with status 502; the API never saw the request",
		"503-html":
			"a proxy's HTML page with status 503; the API never saw the request",
		"no-key": "401: the key is refused",
		forbidden: "403 PERMISSION_DENIED: the key lacks the scope",
		"email-not-verified": "403 EMAIL_NOT_VERIFIED",
		"no-organization": "403 ORGANIZATION_MEMBERSHIP_REQUIRED",
	}),
	kinds([...api, "any"], {
		"html-after":
			"the request is carried out, then a proxy's HTML page with status 502 in place of the answer",
		garbage:
			"carried out; the answer has its right status and a body that is no JSON",
		nonsense:
			"carried out; the answer has its right status and JSON with nothing in it that was promised",
		empty: "carried out; the answer has its right status and no body",
		cut: "carried out; half of the answer's body, then the connection ends",
		"429": "RATE_LIMITED, without Retry-After; nothing done",
		"429-retry-after": [
			"RATE_LIMITED with Retry-After in whole seconds; nothing done",
			1_000,
		],
		"500-after": "carried out, then 500 in place of the answer",
		"503-after": "carried out, then 503 in place of the answer",
		"400": "BAD_REQUEST; nothing done",
	}),
	kinds(["any", ...api, ...storage], {
		"5xx": "500, 502, 503 and 504 in turn; nothing done",
		"500": "500; nothing done",
		"502": "502; nothing done",
		"503": "503; nothing done",
		"504": "504; nothing done",
	}),
	kinds(["post"], {
		"409":
			"CONFLICT, as if the idempotency key had met another body; nothing done",
		"no-credit": "402 INSUFFICIENT_CREDIT, whatever the balance",
	}),
	kinds(["post", "list", "upload"], {
		"422": "VALIDATION_ERROR with a field error; nothing done",
	}),
	kinds(["poll", "post", "list", "logs", "models"], {
		"404":
			"not found: RUN_NOT_FOUND for a run, MODEL_NOT_FOUND at post and models",
	}),
	kinds(["post"], {
		"model-unavailable": "503 MODEL_UNAVAILABLE: the provider is down",
		"asset-gone": "no asset is known any more: an input that names one is 422",
	}),
	kinds(["list"], {
		"lookup-lag": ["a run is listed only some time after its creation", 2_000],
		"lookup-ignored": "the filter q is ignored: every run is listed",
		"no-client-ref": "listed runs lack client_ref and metadata",
		"small-pages": "at most two runs a page, whatever the limit",
	}),
	kinds(["run"], {
		moderated: "refused by content moderation at its end; not billed",
		failed: "fails at its end; not billed",
		"validation-failed": "fails with INPUT_VALIDATION_FAILED; not billed",
		canceled: "is canceled from elsewhere; not billed",
		cancelled: "the same in the spelling of older material",
		errored: "ends with the status errored; not billed",
		timeout: "ends with the status timeout; not billed",
		"no-output": "succeeds without any picture; billed",
		"late-output": ["succeeds, and shows its output some time later", 1_000],
		partial:
			"partial_succeeded: half of the pictures, at least one; those are billed",
		"unknown-status":
			"has a status that nobody knows for a while, then succeeds",
		stuck: "stays queued for ever",
		long: ["takes this long", 60_000],
	}),
	kinds(["post"], {
		moderated: "refused at once with 422 CONTENT_MODERATED; no run is made",
	}),
	kinds(["image", "link", "put"], {
		expire:
			"the link is too old: 403 with S3's XML; at link, it was so when it was handed out",
	}),
	kinds(["image"], {
		cut: "half of the body, then the connection ends",
		stall: "half of the body, then silence",
		slow: ["the body comes in small pieces over this time", 3_000],
		"404": "404 NoSuchKey as XML",
		html: "an HTML page with status 200",
		empty: "200 and no bytes",
		wrong: "a whole file that is a GIF, called image/jpeg",
		garbage: "the right length, of bytes without meaning",
		truncated:
			"a shorter picture without its end, with a content length that fits",
		damaged: "the right length, start and end, with a stretch of zeros inside",
		smaller: "a whole picture of half the promised width and height",
		changed: "another picture, with another ETag, under the same link",
		"no-range": "ranges are ignored: always the whole picture with 200",
		"no-etag": "neither ETag nor date",
		"no-length": "chunked, without Content-Length",
		"octet-stream": "the right picture, called application/octet-stream",
		endless: "a body that never ends, without Content-Length",
		redirect: "one redirect to the picture",
		"redirect-loop": "redirects without end",
		"redirect-insecure": "a redirect to plain http on another host",
	}),
	kinds(["callback"], {
		lost: "never sent",
		twice: "sent again after it was answered",
		late: ["sent some time after the end of the run", 5_000],
		forged: "says failed, with a signature of another secret",
		bare: "sent without a signature",
		garbage: "rightly signed, and no JSON",
	}),
];

/** Every fault that the sandbox knows, in the order in which to read them; the readings come last. */
export const faultTable: readonly Kind<FaultName>[] = [
	...groups.flat(),
	...readingTable,
];
