/**
 * Everything that the client assumes of the Runflow service, in one place: when the service
 * turns out to differ, this is the file to change. The marks say how sure each fact is:
 * D vendor documentation, O official code, P code of others in production, ? inferred.
 */
export const service = {
	/** (D) One host; regions and failover are behind it. */
	apiUrl: "https://api.runflow.io",

	paths: {
		/** (D) `model` is `owner/slug`, or more segments (`…/edit`). The overview shows a form without the owner. */
		createRun: (model: string) => `/v1/models/${encodeSegments(model)}/runs`,
		/** (D) Whether a model takes batches shows when it is asked: 422 says no. */
		createBatch: (model: string) =>
			`/v1/models/${encodeSegments(model)}/batches`,
		/** (D) `add_signature` asks for fresh presigned links (O). */
		run: (id: string) =>
			`/v1/runs/${encodeURIComponent(id)}?add_signature=true`,
		/** (O) */
		runs: "/v1/runs",
		/** (D) */
		logs: (id: string) => `/v1/runs/${encodeURIComponent(id)}/logs`,
		/** (O) official code, then (D) the docs; both forms of the answer are read at either. */
		balances: ["/v1/credit-balances", "/v1/billing/balance"],
		/** (D) 200 means that the key works; the body is not documented. */
		me: "/v1/auth/me",
	},

	headers: {
		/** (D) on the batch route; that it covers `/runs` is likely (?). The client is right either way. */
		idempotencyKey: "idempotency-key",
		/** (?) Name of the header that carries the id of a request; the run object has `request_id` (D). */
		requestId: ["x-request-id", "runflow-request-id"],
		/** Our own sandbox tells what it is; the service does not send it. */
		sandbox: "x-flux-ultra-sandbox",
	},

	listing: {
		/**
		 * Two ways to ask for the runs of one `client_ref`, tried in this order where the first is
		 * refused: (O) exact match, then the form of the docs (D).
		 */
		queries: [
			(ref: string) => `client_ref.EQ:'${ref}'`,
			(ref: string) => `client_ref='${ref}'`,
		],
		/** (O) */
		fields:
			"id,status_code,client_ref,metadata,output,cost,created_at,started_at,completed_at,duration_ms,failure_code,failure_message",
		/** (D) */
		maxLimit: 500,
	},

	/** How each status that somebody has seen is to be taken; any other is waited out. */
	statuses: {
		queued: "queued",
		dispatching: "queued",
		running: "running",
		succeeded: "succeeded",
		partial_succeeded: "succeeded",
		failed: "failed",
		errored: "failed",
		timeout: "failed",
		canceled: "canceled",
		cancelled: "canceled",
	},

	/** (?) No list of moderation codes is public: these words in a code or message are taken as one. */
	moderationWords:
		/moderat|nsfw|safety|content[_ -]?(policy|filter|violation)|flagged|prohibited/i,

	/** (D) `client_ref` holds at most 255 characters, `callback_url` 2048; a batch 1 to 100 items. */
	limits: { clientRef: 255, callbackUrl: 2048, batchItems: 100 },

	/** (D) Vendor's rule: at most 5 attempts; 1, 2, 4 … 32 s plus up to 1 s. */
	retry: { attempts: 5, baseMs: 1_000, maxMs: 32_000, jitterMs: 1_000 },

	/**
	 * (?) When a run that the service took must be in its listing, counted from the end of the
	 * request that made it. Looked at on the way there as well.
	 */
	lookup: { atMs: [250, 1_000, 2_000, 4_000] },

	/** (?) A run that was just made may be unknown to another region for a moment. */
	notFoundGraceMs: 20_000,

	/** (?) A succeeded run may show its output a little later: looked at again after these waits. */
	lateOutputMs: [500, 1_000, 2_000, 4_000],

	timeouts: {
		connectMs: 10_000,
		/** Until the head of an answer: creating a run answers `queued` at once, so this is generous. */
		headersMs: 30_000,
		/** Silence inside a body. */
		bodyMs: 30_000,
		/** Silence inside a download before it is cut and continued. */
		stallMs: 15_000,
	},

	/** Larger answers of the API are not read: no documented answer comes near. */
	maxAnswerBytes: 32 * 1024 * 1024,
	/** A 4-megapixel JPEG is about 2 MB, a PNG about 8; anything far beyond is not the image. */
	maxImageBytes: 256 * 1024 * 1024,
	/** Redirects of a storage link. */
	maxRedirects: 5,

	links: {
		keys: "https://app.runflow.io/settings/api-keys",
		billing: "https://app.runflow.io/settings/billing",
	},
} as const;

function encodeSegments(model: string): string {
	return model.split("/").map(encodeURIComponent).join("/");
}
