/*
 * A stand-in for the official SDK, after what is known of its way to talk: `runs.create(model, {input})`, a look
 * each 2 s for at most 180 s, only 5xx forgiven on the way, `output.outputs[0].url`, names that it does not know
 * passed over. It imports nothing of flux-ultra and sends nothing that flux-ultra's promises rest on: no
 * Idempotency-Key, no client_ref, no metadata.
 */

export interface SdkOptions {
	readonly baseUrl: string;
	readonly apiKey: string;
	readonly sleep: (ms: number) => Promise<void>;
	/** Default: the global one. */
	readonly fetch?: typeof fetch;
}

/** As much of a run as the SDK looks at. */
export interface SdkRun {
	readonly id: string;
	readonly status_code: string;
	readonly cost?: string | null;
	readonly client_ref?: string | null;
	readonly output?: {
		readonly outputs?: readonly { readonly url: string }[];
	} | null;
	readonly failure_code?: string | null;
}

type SdkInput = Readonly<Record<string, unknown>>;

/** An answer that is not 2xx, or a run that did not succeed. */
class SdkError extends Error {
	readonly status: number | undefined;
	readonly code: string;

	constructor(code: string, status?: number) {
		super(status === undefined ? code : `${status} ${code}`);
		this.status = status;
		this.code = code;
	}
}

export function createSdk(options: SdkOptions) {
	const { baseUrl, apiKey, sleep, fetch = globalThis.fetch } = options;
	const call = async (path: string, body?: unknown): Promise<unknown> => {
		const response = await fetch(`${baseUrl}${path}`, {
			method: body === undefined ? "GET" : "POST",
			headers: {
				Authorization: `Bearer ${apiKey}`,
				"User-Agent": "somebody-else/1.0",
				Accept: "*/*",
				"X-Organization-Id": "org-1",
				...(body !== undefined && { "Content-Type": "application/json" }),
			},
			...(body !== undefined && {
				body: inChunks(JSON.stringify(body)),
				duplex: "half",
			}),
		});
		const answer: unknown = await response.json().catch(() => null);
		if (!response.ok)
			throw new SdkError(
				String((answer as { code?: unknown } | null)?.code),
				response.status,
			);
		return answer;
	};
	const read = (id: string) => call(`/v1/runs/${id}`);

	return {
		runs: {
			/** Makes a run and waits for its end. */
			async create(
				model: string,
				given: { readonly input: SdkInput; readonly client_ref?: string },
			): Promise<SdkRun> {
				const created = (await call(`/v1/models/${model}/runs`, {
					...given,
					callback_url: null,
				})) as SdkRun;
				for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += intervalMs) {
					await sleep(intervalMs);
					const run = (await read(created.id).catch(forgive)) as
						| SdkRun
						| undefined;
					if (run?.status_code === "succeeded") return run;
					if (run && ends.has(run.status_code))
						throw new SdkError(run.failure_code ?? run.status_code);
				}
				throw new SdkError("timed out");
			},
			/** The runs of a `client_ref`, the eldest first. */
			async list(clientRef: string): Promise<readonly SdkRun[]> {
				const q = encodeURIComponent(`client_ref.EQ:'${clientRef}'`);
				const fields =
					"id,status_code,client_ref,metadata,output,cost,created_at";
				const page = await call(
					`/v1/runs?q=${q}&fields=${fields}&sort_by=created_at:asc&limit=100`,
				);
				return (page as { items: readonly SdkRun[] }).items;
			},
		},
		/** A file as an input: announced, put, confirmed. */
		async upload(filename: string, type: string, bytes: Buffer) {
			const { asset_id, upload_url } = (await call("/v1/asset-uploads", {
				filename,
				mime_type: type,
				size_bytes: bytes.length,
			})) as { readonly asset_id: string; readonly upload_url: string };
			if (!upload_url.startsWith("https:"))
				throw new SdkError("upload_url must be https");
			const { status } = await fetch(upload_url, {
				method: "PUT",
				headers: { "Content-Type": type },
				body: new Uint8Array(bytes),
			});
			if (![200, 201, 204].includes(status))
				throw new SdkError("upload", status);
			await call(`/v1/asset-uploads/${asset_id}/confirmations`, {});
			return `runflow://assets/${asset_id}`;
		},
	};
}

const intervalMs = 2_000;
const patienceMs = 180_000;
const ends: ReadonlySet<string> = new Set(["failed", "canceled"]);

function forgive(error: unknown): undefined {
	if (!(error instanceof SdkError) || (error.status ?? 0) < 500) throw error;
}

/** Without a length, and cut in the middle: `Transfer-Encoding: chunked`. */
function inChunks(text: string): ReadableStream<Uint8Array> {
	const bytes = new TextEncoder().encode(text);
	const middle = bytes.length >> 1;
	return new ReadableStream({
		start(controller) {
			controller.enqueue(bytes.subarray(0, middle));
			controller.enqueue(bytes.subarray(middle));
			controller.close();
		},
	});
}
