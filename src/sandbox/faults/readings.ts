import { type Kind, type Kinds, kinds } from "./kinds.ts";
import { api, type Points } from "./points.ts";

/**
 * Where a reading comes from: vendor documentation, official code, code of others in production, or none that is
 * named (met somewhere, or merely excluded by nothing).
 */
type Source = "D" | "O" | "P" | "?";

/**
 * One of the ways in which the service may be, where its sources disagree or are silent. A fault like any other, which
 * `--as` switches on for good at all of its points.
 */
export interface Reading<Name extends string = string> extends Kind<Name> {
	/** What it is about. Of the readings of one topic the service can have one. */
	readonly topic: string;
	readonly source: Source;
}

export type ReadingName = (typeof topics)[number][number]["name"];

const run = ["post", "poll", "list"] as const;
const topics = [
	topic("idempotency", ["post"], {
		"no-idempotency":
			"D Idempotency-Key is ignored: each POST is a new paid run",
	}),
	topic("path of a model", ["post", "models"], {
		"short-path":
			"D models are known by their path without the owner only; the form with the owner is 404 MODEL_NOT_FOUND",
	}),
	topic("unknown inputs", ["post"], {
		"unknown-inputs":
			"? inputs that the model does not have are accepted and ignored; by default they are 422",
	}),
	topic("image of an edit", ["post", "models"], {
		"edit-image-url": "? Ultra Edit takes image_url and no other image",
		"edit-image-urls": "? Ultra Edit takes image_urls and no other image",
		"edit-image-b64": "? Ultra Edit takes its image's URL as image_b64",
	}),
	topic("status of a creation", ["post", "upload"], {
		"status-200": "? 200 where the documentation says 201",
	}),
	topic("id of a run", run, {
		"run-id": "O a run carries run_id in place of id",
	}),
	topic("fields of a run", run, {
		sparse:
			"? a run is shown with id, status_code and output; every other field is missing",
	}),
	topic("cost", run, {
		"cost-number": "? the cost is a number; by default it is a string",
	}),
	topic("times", run, {
		"offset-times": "D times end in +00:00, as in callbacks; by default in Z",
	}),
	topic("spelling", [...run, "callback"], {
		"double-l": "? the status canceled is written cancelled",
	}),
	topic("reason of a failure", run, {
		"failure-reason": "? a failed run has failure_reason, and no code",
		"failure-error": '? a failed run has {"error": {"message"}}, and no code',
		"failure-output": "D a failed run has an error envelope as its output",
	}),
	topic("output", ["link"], {
		"shape-image-urls": 'O the output is {"image_urls": [url]}',
		"shape-image": 'O the output is {"image": {"url"}}',
		"shape-images":
			'O the output is {"images": [{"url", "width", "height", "content_type"}]}',
		"shape-url": 'O the output is {"url"}',
		"shape-output-url": 'O the output is {"output_url"}',
		"shape-image-list": 'O the output is {"image": [url]}',
		"shape-image-url": 'O the output is {"image_url"}',
		"shape-outputs-image-url": 'O the output is {"outputs": [{"image_url"}]}',
		"shape-signed-url": 'O the output is {"signed_url"}',
		"data-uris":
			"D outputs[].url is the picture itself as a data: URI, and the listing shows none",
	}),
	topic("signatures", ["link"], {
		unsigned: "O links are signed only with ?add_signature=true",
	}),
	topic("life of links", ["link"], {
		"short-links": ["? links to pictures live this long", 60_000],
	}),
	topic("format", ["run"], {
		webp: "P delivers WebP, whatever the model promises",
	}),
	topic("seed", ["run"], {
		"no-seed": "D its output says seed: null",
	}),
	topic("ids of outputs", ["run"], {
		"no-asset-ids":
			"D its outputs have no asset_id: to be an input they must be uploaded",
	}),
	topic("listing by", ["list"], {
		"docs-query":
			"D only the q form of the documentation is known; client_ref.EQ:'…' is 422",
		"eq-query":
			"O only the q form client_ref.EQ:'…' is known; the documentation's is 422",
	}),
	topic("fields of a listing", ["list"], {
		"official-fields": "O fields that official code does not ask for are 422",
	}),
	topic("limit of a listing", ["list"], {
		"official-limit": "O a limit above 100 is 422",
	}),
	topic("cursor", ["list"], {
		"docs-cursors": "D the cursor is called next_pq",
	}),
	topic("may list", ["list"], {
		"no-lookup": "O 403: the key may not list runs",
	}),
	topic("may read the balance", ["balance"], {
		"no-balance": "O 403: the key may not read the balance",
	}),
	topic("may upload", ["upload"], {
		"no-upload": "O 403: the key may not create assets",
	}),
	topic("path of the balance", ["balance"], {
		"no-billing-balance": "O /v1/billing/balance is 404",
		"no-credit-balances": "D /v1/credit-balances is 404",
	}),
	topic("billing balance", ["balance"], {
		"balance-cents":
			'D /v1/billing/balance answers {"balance_cents", "currency"}',
	}),
	topic("credit balances", ["balance"], {
		"balance-flat":
			'O /v1/credit-balances answers {"balance_usd"} without a list',
	}),
	topic("errors", ["any", ...api], {
		"error-nested": '? errors are written {"error": {"code", "message"}}',
		"error-string": '? errors are written {"error": "message"}',
		"error-detail": '? errors are written {"detail": "message"}',
	}),
	topic("429", ["any", ...api], {
		"retry-after": "D RATE_LIMITED comes with Retry-After: 1",
	}),
];

/** In the order in which to read them. */
export const readingTable: readonly Reading<ReadingName>[] = topics.flat();

/** The readings of one topic, beside the usual one, which needs no switch: each its source and what it does. */
function topic<Name extends string>(
	topic: string,
	points: Points,
	readings: Kinds<Name, `${Source} ${string}`>,
): readonly Reading<Name>[] {
	return kinds(points, readings).map(({ does, ...kind }) => ({
		...kind,
		topic,
		source: does.charAt(0) as Source,
		does: does.slice(2),
	}));
}
