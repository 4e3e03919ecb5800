import { balanceSchema, logsSchema } from "./account-schemas.ts";
import { type Caller, readAs } from "./caller.ts";
import { ServiceProblem } from "./problem.ts";
import { type Run, runListSchema, runSchema } from "./schemas.ts";
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
	/** Whether an answer told that this is a sandbox. */
	readonly isSandbox: () => boolean;
}

export interface LogLine {
	readonly level: string;
	readonly message: string;
	readonly timestamp: string;
}

export function createClient({ call, isSandbox }: Caller): RunflowClient {
	// Which form of the path a model answers to; found out once.
	const paths = new Map<string, string>();
	let query = 0;

	async function createAt(path: string, order: Order, signal?: AbortSignal) {
		const body = { text: order.body, idempotencyKey: order.idempotencyKey };
		const answer = await call("POST", path, signal, body);
		return readAs(runSchema, answer);
	}

	async function list(
		params: Record<string, string>,
		signal: AbortSignal | undefined,
	) {
		const search = new URLSearchParams(params);
		const path = `${service.paths.runs}?${search}`;
		return readAs(runListSchema, await call("GET", path, signal));
	}

	/** Asks by the form of the query that the service takes; which one that is, is found out once. */
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

		async createRun(order, signal) {
			const known = paths.get(order.model);
			const ownerPath = service.paths.createRun(order.model);
			try {
				const run = await createAt(known ?? ownerPath, order, signal);
				paths.set(order.model, known ?? ownerPath);
				return run;
			} catch (error) {
				const short = shortPath(order.model);
				if (known || !short || !isUnknownPath(error)) throw error;
				const run = await createAt(short, order, signal).catch((second) => {
					// The first answer is about the documented path, so it says more.
					throw isUnknownPath(second) ? error : second;
				});
				paths.set(order.model, short);
				return run;
			}
		},

		async readRun(id, signal) {
			return readAs(
				runSchema,
				await call("GET", service.paths.run(id), signal),
			);
		},

		async findRuns(reference, signal) {
			const { clientRef } = reference;
			const { maxLimit } = service.listing;
			const runs: Run[] = [];
			for (let cursor: string | undefined; ; ) {
				const page = await listGroup(
					clientRef,
					"asc",
					maxLimit,
					signal,
					cursor,
				);
				const owners = page.items.map((run) => ownerOf(run, reference));
				runs.push(...page.items.filter((_, at) => owners[at] === "ours"));
				if (owners.includes("nobody")) return { runs, complete: false };
				if (page.isLastPage) return { runs, complete: true };
				// A cursor that leads nowhere or in a circle shows nothing more.
				if (
					page.next === undefined ||
					page.next === cursor ||
					page.items.length === 0
				)
					return { runs, complete: false };
				cursor = page.next;
			}
		},

		async listGroup(clientRef, limit, signal) {
			const { items } = await listGroup(clientRef, "desc", limit, signal);
			return items.filter((run) => run.clientRef === clientRef);
		},

		async listRuns(limit, signal) {
			const { items } = await list(
				{ sort_by: "created_at:desc", limit: String(limit) },
				signal,
			);
			return items;
		},

		async readLogs(id, signal) {
			const answer = await call("GET", service.paths.logs(id), signal);
			return readAs(logsSchema, answer).items.map((line) => ({
				level: line.level_code ?? "",
				message: line.message ?? "",
				timestamp: line.timestamp ?? "",
			}));
		},

		async readBalance(signal) {
			const [first, second] = service.paths.balances;
			const answer = await call("GET", first, signal).catch((error) => {
				if (!isUnknownPath(error)) throw error;
				return call("GET", second, signal);
			});
			return readAs(balanceSchema, answer);
		},

		async checkKey(signal) {
			await call("GET", service.paths.me, signal);
		},
	};
}

/** The overview's form of the path, without the owner. */
function shortPath(model: string): string | undefined {
	const slug = model.split("/").slice(1).join("/");
	return slug === "" ? undefined : service.paths.createRun(slug);
}

function isUnknownPath(error: unknown): boolean {
	return (
		error instanceof ServiceProblem &&
		error.status === 404 &&
		error.code !== "RUN_NOT_FOUND"
	);
}

function isRefusedQuery(error: unknown): boolean {
	return (
		error instanceof ServiceProblem &&
		(error.status === 400 || error.status === 422)
	);
}

/** Whose run a listed one is: `group` is another of the same `client_ref`, `nobody` says that the listing proves nothing. */
function ownerOf(
	run: Run,
	{ ref, clientRef }: Reference,
): "ours" | "group" | "nobody" {
	if (run.jobRef === ref || run.clientRef === ref) return "ours";
	return run.jobRef !== undefined && run.clientRef === clientRef
		? "group"
		: "nobody";
}
