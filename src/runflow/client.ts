import { atFirstKnown, type Caller } from "./caller.ts";
import { ServiceProblem } from "./problem.ts";
import {
	balanceSchema,
	callbackSecretSchema,
	type LogLine,
	logsSchema,
	type Run,
	runListSchema,
	runSchema,
} from "./schemas.ts";
import { service } from "./service.ts";

/** What buys a run: the same order is sent with the same bytes on each try. */
export interface Order {
	/** `owner/slug`. */
	readonly model: string;
	/** The whole JSON body, as it was written to disk before the first try. */
	readonly body: string;
	readonly idempotencyKey: string;
}

/** How an order can be found again. */
export interface Reference {
	/** Our own name of the order, in `metadata.job`. */
	readonly ref: string;
	/** The same, or one that many orders share. */
	readonly clientRef: string;
}

/** What the listing says of one reference. */
export interface Lookup {
	readonly runs: readonly Run[];
	/** False where the answer does not prove that a run is absent: the filter was passed over, or names are missing. */
	readonly complete: boolean;
}

/** The Runflow API, one method an endpoint. Each throws ServiceProblem for an answer that is an error and WireError for none. */
export interface RunflowClient {
	/** `POST /v1/models/{model}/runs`. An unreadable 2xx throws a ServiceProblem that is not from the service. */
	createRun(order: Order, signal?: AbortSignal): Promise<Run>;
	/** `GET /v1/runs/{id}`, with fresh links. */
	readRun(id: string, signal?: AbortSignal): Promise<Run>;
	/** `GET /v1/runs` of one `client_ref`, and of those the runs of one reference. */
	findRuns(reference: Reference, signal?: AbortSignal): Promise<Lookup>;
	/** `GET /v1/runs` of one `client_ref` that many runs share: the newest `limit` (at most 500) of them. */
	listGroup(
		clientRef: string,
		limit: number,
		signal?: AbortSignal,
	): Promise<readonly Run[]>;
	/** `GET /v1/runs`, newest first, at most `limit`. */
	listRuns(limit: number, signal?: AbortSignal): Promise<readonly Run[]>;
	/** `GET /v1/runs/{id}/logs`. */
	readLogs(id: string, signal?: AbortSignal): Promise<readonly LogLine[]>;
	/** Credit of the account in US dollars; undefined where the answer cannot be read as a sum. */
	readBalance(signal?: AbortSignal): Promise<number | undefined>;
	/** `GET /v1/auth/me`: resolves when the key works. */
	checkKey(signal?: AbortSignal): Promise<void>;
	/**
	 * `POST /v1/callback-secrets`: the text of a new secret that signs the account's callbacks, shown this once. How the service
	 * chooses among several is not documented: the newest (?).
	 * @param label what it is called on the account
	 */
	createCallbackSecret(label: string, signal?: AbortSignal): Promise<string>;
	/** Whether an answer told that this is a sandbox. */
	readonly isSandbox: () => boolean;
}

export function createClient({ call, read, isSandbox }: Caller): RunflowClient {
	// Which form of the path a model answers to; found out once.
	const paths = new Map<string, string>();
	// Which form of the query the service takes; found out once.
	let query = 0;

	async function list(
		params: Readonly<Record<string, string>>,
		signal: AbortSignal | undefined,
	) {
		const search = new URLSearchParams(params);
		return read(runListSchema, `${service.paths.runs}?${search}`, signal);
	}

	async function listGroup(
		clientRef: string,
		order: "asc" | "desc",
		limit: number,
		signal: AbortSignal | undefined,
		cursor?: string,
	) {
		const { queries, fields } = service.listing;
		// Counted here and not in common: those who ask at once are each refused once.
		for (let form = query; ; form += 1) {
			const q = (queries[form] ?? queries[0])(clientRef);
			const page = {
				fields,
				sort_by: `created_at:${order}`,
				limit: String(limit),
				...(cursor && { pq: cursor }),
			};
			try {
				return await list({ q, ...page }, signal);
			} catch (error) {
				if (!isRefusedQuery(error) || form + 1 >= queries.length) throw error;
				query = Math.max(query, form + 1);
			}
		}
	}

	return {
		isSandbox,

		createRun({ model, body: text, idempotencyKey }, signal) {
			const known = paths.get(model);
			const candidates = known ? [known] : service.paths.createRun(model);
			return atFirstKnown(candidates, async (path) => {
				const body = { text, idempotencyKey };
				const run = await read(runSchema, path, signal, body);
				paths.set(model, path);
				return run;
			});
		},

		readRun(id, signal) {
			return read(runSchema, service.paths.run(id), signal);
		},

		async findRuns(reference, signal) {
			const { clientRef } = reference;
			const { maxLimit } = service.listing;
			const found: Run[] = [];
			for (let cursor: string | undefined; ; ) {
				const { runs, next, isLastPage } = await listGroup(
					clientRef,
					"asc",
					maxLimit,
					signal,
					cursor,
				);
				const matches = runs.map((run) => matchOf(run, reference));
				found.push(...runs.filter((_, at) => matches[at] === "ours"));
				const isProof = !matches.includes("inconclusive");
				// A cursor that leads nowhere or in a circle shows nothing more.
				const isEnd =
					next === undefined || next === cursor || runs.length === 0;
				if (!isProof || isLastPage || isEnd)
					return { runs: found, complete: isProof && isLastPage };
				cursor = next;
			}
		},

		async listGroup(clientRef, limit, signal) {
			const { runs } = await listGroup(clientRef, "desc", limit, signal);
			return runs.filter((run) => run.clientRef === clientRef);
		},

		async listRuns(limit, signal) {
			const newest = { sort_by: "created_at:desc", limit: String(limit) };
			return (await list(newest, signal)).runs;
		},

		readLogs(id, signal) {
			return read(logsSchema, service.paths.logs(id), signal);
		},

		readBalance(signal) {
			return atFirstKnown(service.paths.balances, (path) =>
				read(balanceSchema, path, signal),
			);
		},

		async checkKey(signal) {
			await call(service.paths.me, signal);
		},

		createCallbackSecret(label, signal) {
			const body = { text: JSON.stringify({ label }) };
			const path = service.paths.callbackSecrets;
			return read(callbackSecretSchema, path, signal, body);
		},
	};
}

function isRefusedQuery(error: unknown): boolean {
	return (
		error instanceof ServiceProblem &&
		service.listing.refusals.some((status) => status === error.status)
	);
}

/** Whether a listed run is of this order; `inconclusive` is one that a filter by `client_ref` would not have let through, or that has no name. */
function matchOf(
	run: Run,
	{ ref, clientRef }: Reference,
): "ours" | "another" | "inconclusive" {
	if (run.jobRef === ref || run.clientRef === ref) return "ours";
	return run.jobRef !== undefined && run.clientRef === clientRef
		? "another"
		: "inconclusive";
}
