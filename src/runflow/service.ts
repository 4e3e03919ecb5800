/**
 * Everything that the client assumes of the Runflow service, in one place: when the service
 * turns out to differ, this is the file to change. The marks say how sure each fact is:
 * D vendor documentation, O official code, P code of others in production, ? inferred.
 */
export const service = {
	/** (D) One host; regions and failover are behind it. */
	apiUrl: "https://api.runflow.io",

	paths: {
		/** (D) `model` is `owner/slug`, or more segments (`…/edit`); then the overview's form without the owner. */
		createRun: (model: string) =>
			modelPaths(model).map((path) => `${path}/runs`),
		/** (D) `add_signature` asks for fresh presigned links (O). */
		run: (id: string) =>
			`/v1/runs/${encodeURIComponent(id)}?add_signature=true`,
		/** (O) */
		runs: "/v1/runs",
		/** (D) */
		logs: (id: string) => `/v1/runs/${encodeURIComponent(id)}/logs`,
		/** (D) the docs, then (O) official code; every form of the answer is read at either. */
		balances: ["/v1/billing/balance", "/v1/credit-balances"],
		/** (D) Announces the upload of a local file. */
		assetUploads: "/v1/asset-uploads",
		/** (D) Says that the bytes have arrived: from then on the asset may stand in inputs. */
		assetConfirmations: (assetId: string) =>
			`/v1/asset-uploads/${encodeURIComponent(assetId)}/confirmations`,
		/** (D) 200 means that the key works; the body is not documented. */
		me: "/v1/auth/me",
		/** (D) Needs no key. */
		health: "/v1/health",
		/** (D) What a model takes and costs; `model` as for `createRun`. */
		model: modelPaths,
		/** (D) The same of all models, and it needs no key; that it has `items` and a cursor like the other lists is inferred (?). */
		publicModels: "/v1/public/models",
		/** (D) Makes the secret that signs callbacks; its plain text is in this one answer only. */
		callbackSecrets: "/v1/callback-secrets",
	},

	headers: {
		/** (D) on the batch route; that it covers `/runs` is likely (?). The client is right either way. */
		idempotencyKey: "idempotency-key",
		/** (?) Name of the header that carries the id of a request; the run object has `request_id` (D). */
		requestId: ["x-request-id", "runflow-request-id"],
		/** Our own sandbox tells what it is; the service does not send it. */
		sandbox: "x-flux-ultra-sandbox",
		/** (D) HMAC-SHA256 of the raw body in hex; the key is the text of the secret with its `whsec_` (?). */
		callbackSignature: "runflow-signature",
	},

	callbacks: {
		/** (?) A callback holds a run without its input: no documented one comes near. */
		maxBytes: 1024 * 1024,
	},

	/**
	 * Where the fields of a run stand that have been seen in several places, the usual place first (D, then O): a path of names
	 * each. An output is a link, an object with one, or a list of either; a link may be the image itself (`data:`, D).
	 */
	run: {
		id: ["id", "run_id"],
		status: ["status_code", "status"],
		outputs: [
			"output.outputs",
			"output.images",
			"output.image_urls",
			"output.image",
			"output.url",
			"output.output_url",
			"output.image_url",
			"output.signed_url",
			"output",
		],
		/** In an object that is an output. */
		link: ["url", "image_url", "signed_url"],
		/** Where no output is in these places: below which fields, and under which names, any link counts as one (?). */
		anyLink: {
			under: ["output", "outputs", "result", "images", "image"],
			names:
				/^(images?|pictures?|outputs?|results?|files?|urls?|(\w+_)?(urls?|uri|link))$/i,
			// What went in, and what only stands for an image.
			notUnder: /^(input|metadata|request|log|thumb|preview|mask|callback)/i,
		},
		seed: ["output.seed", "input.seed"],
		/** Also in an envelope in the place of the output (D, of callbacks). */
		failureCode: [
			"failure_code",
			"error.code",
			"output.error.code",
			"output.code",
		],
		failureMessage: [
			"failure_message",
			"failure_reason",
			"error.message",
			"error",
			"output.error.message",
			"output.error",
			"output.message",
			"output.detail",
		],
	},

	/** Where an error answer says what is wrong (D, then what others and FastAPI write). */
	problem: {
		code: ["code", "error.code"],
		message: ["message", "error.message", "error", "detail"],
		/** Lists of `{loc, msg}`. */
		fields: ["errors", "detail"],
	},

	/** Where a balance stands (D says one of two, O the third), and how many of its units are a US dollar. */
	balance: [
		["balance_cents", 100],
		["balance_usd", 1],
		["balance", 1],
	],

	/** (?) Answers to the one path of a balance after which the other is asked: each may want a scope of its own. */
	balanceElsewhere: [403, 404, 405],

	/** A 404 with another code than this may be about the path, and is reason to try the next form of it. */
	runNotFound: "RUN_NOT_FOUND",

	listing: {
		/** (?) Answers after which runs are asked for one by one. */
		denials: [400, 403, 404, 405, 422],
		/** (D) and (O): the further page; it goes back as `pq`. */
		cursors: ["next", "next_pq"],
		/**
		 * Two ways to ask for the runs of one `client_ref`, tried in this order where the first is
		 * refused: (O) exact match, then the form of the docs (D).
		 */
		queries: [
			(ref: string) => `client_ref.EQ:'${ref}'`,
			(ref: string) => `client_ref='${ref}'`,
		],
		/** (?) How a question is refused that another way to ask it may mend: without `fields`, without `limit`, in the other form. */
		refusals: [400, 405, 414, 422],
		/** (O) What official code asks for; a larger page, or `metadata` in it, may be refused (?). */
		fields:
			"id,status_code,client_ref,output,input,cost,duration_ms,created_at",
		/** Where many orders share a `client_ref`, only `metadata` tells them apart. */
		sharedFields:
			"id,status_code,client_ref,metadata,output,input,cost,duration_ms,created_at",
		/** (O) */
		pageSize: 100,
		/** Runs of one `client_ref` that anybody asks for at once. */
		maxRuns: 500,
	},

	catalogue: {
		/** (?) How long a description may be believed: prices and inputs change by the month, not by the hour. */
		lifeMs: 24 * 3_600_000,
		/** (?) A list that goes on after this goes in circles. */
		maxPages: 20,
		/** (?) No values of `status_code` and `availability_status` are documented: any other word is shown as it is. */
		usualWords:
			/^(active|available|enabled|ga|live|online|operational|public|published|ready|released)$/i,
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

	/**
	 * (?) No list of moderation codes is public: these words in a code or message are taken as one, apart from those that name an
	 * input.
	 */
	moderation: {
		words:
			/moderat|nsfw|safety|content[_ -]?(policy|filter|violation)|flagged|prohibited/i,
		inputs: /safety[_ -](tolerance|checker|level|setting)s?/gi,
	},

	/**
	 * (D) of siblings of a model whose input for images is not known: such names, and how a refusal says that one is missing. A
	 * `mask_url` is none.
	 */
	imageInputs: {
		names:
			/^(input_|source_|init_|reference_)?images?(_urls?|_uris?|_b64|_base64)?$/,
		missing: /required|missing/i,
	},

	/** (D) Characters of a `callback_url`; bytes of an uploaded file. */
	limits: { callbackUrl: 2048, assetBytes: 52_428_800 },

	assets: {
		/** (D) How an asset is written in the inputs of a run, and how its id is read out of that. */
		url: (assetId: string) => `runflow://assets/${assetId}`,
		idIn: (url: string) => /^runflow:\/\/assets\/([\w-]+)$/.exec(url)?.[1],
		/** (?) Where an output names the asset that it is; one that does not is uploaded like any other file. */
		outputField: "asset_id",
		/** (?) How an order is refused of which the service has an asset no more. */
		gone: {
			statuses: [400, 404, 409, 410, 422],
			words: /asset|image|mask|url/i,
		},
		/** (?) How long an asset is kept where its confirmation does not say; a refusal ends its life earlier. */
		lifeMs: 24 * 3_600_000,
		/** (?) Life that must be left when it is used: the run that it is an input of may have to wait. */
		marginMs: 15 * 60_000,
	},

	/**
	 * (D) Answers to an order that say that no run was made. Any other 5xx, and these words from a proxy, leave it open:
	 * the order may have been taken behind whoever answered.
	 */
	notTaken: [
		{ status: 429, code: "RATE_LIMITED" },
		{ status: 503, code: "MODEL_UNAVAILABLE" },
	],

	/** (D) Vendor's rule: at most 5 attempts; 1, 2, 4 … 32 s plus up to 1 s. */
	retry: { attempts: 5, baseMs: 1_000, maxMs: 32_000, jitterMs: 1_000 },

	/**
	 * (?) When a run that the service took may come to its listing, counted from the end of the request that made it, and when it
	 * must be there: `graceMs`, or where `doctor --live` saw how long that takes, what it saw, but not before the last of these looks.
	 */
	lookup: { atMs: [250, 1_000, 2_000, 4_000], graceMs: 30_000 },

	/** How long a question that is under way at the end of the wait may still take. */
	overdueMs: 1_500,

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
		/** From the request to the end of an answer of the API: a trickle is no answer. */
		answerMs: 60_000,
	},

	/** A download that brings less is cut and continued: bytes in so many milliseconds. */
	leastPace: { bytes: 16 * 1024, inMs: 15_000 },

	/** Larger answers of the API are not read: no documented answer comes near. */
	maxAnswerBytes: 32 * 1024 * 1024,
	/** A 4-megapixel JPEG is about 2 MB, a PNG about 8; anything far beyond is not the image. */
	maxImageBytes: 256 * 1024 * 1024,
	/** Redirects of a storage link. */
	maxRedirects: 5,

	links: {
		keys: "https://app.runflow.io/settings/api-keys",
		billing: "https://app.runflow.io/settings/billing",
		/** The model whose links below are documented (D); that the others have theirs at the same place is inferred (?). */
		documentedModel: "black-forest-labs/flux-1-1-pro-ultra",
		modelDocs: (model: string) =>
			`https://docs.runflow.io/models/${slugOf(model)}`,
		modelText: (model: string) =>
			`https://app.runflow.io/models/${slugOf(model)}/llms.txt`,
		/** (D) */
		openApi: "https://docs.runflow.io/api/openapi.public.json",
	},
} as const;

/** With the owner, then without, where there is one. */
function modelPaths(model: string): readonly [string, ...string[]] {
	const path = `/v1/models/${encodeSegments(model)}`;
	return /\/./.test(model) ? [path, `/v1/models/${slugOf(model)}`] : [path];
}

function encodeSegments(model: string): string {
	return model.split("/").map(encodeURIComponent).join("/");
}

/** What follows the owner. */
function slugOf(model: string): string {
	return encodeSegments(model.slice(model.indexOf("/") + 1));
}
