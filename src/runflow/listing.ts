import type { Caller } from "./caller.ts";
import { ServiceProblem } from "./problem.ts";
import { type Run, runListSchema } from "./schemas.ts";
import { service } from "./service.ts";

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

/** `GET /v1/runs`. Each throws ServiceProblem for an answer that is an error, also where every way to ask is refused, and WireError for none. */
export function createListing(read: Caller["read"]) {
	const asking: Asking = { read, taken: { group: 0, all: 0 } };
	return {
		/** Of one `client_ref`, and of those the runs of one reference. */
		async findRuns(
			reference: Reference,
			signal?: AbortSignal,
		): Promise<Lookup> {
			const { fields, sharedFields } = service.listing;
			const isShared = reference.clientRef !== reference.ref;
			const asked = isShared ? sharedFields : fields;
			const first = await findMatches(asking, reference, asked, signal);
			const { isNameless, ...found } = first;
			// A service that passes a field over in silence: whole runs have `metadata`.
			if (found.runs.length > 0 || !isShared || !isNameless) return found;
			const whole = await findMatches(asking, reference, undefined, signal);
			return { runs: whole.runs, complete: whole.complete };
		},

		/** Of one `client_ref` that many runs share: the newest `limit` of them. Why one failed may be missing. */
		async listGroup(
			clientRef: string,
			limit: number,
			signal?: AbortSignal,
		): Promise<readonly Run[]> {
			const { fields } = service.listing;
			const waysAt = (cursor?: string) =>
				waysToAsk(clientRef, fields, pageOf("desc", cursor, limit));
			const question = { kind: "group", waysAt } as const;
			const runs = await readNewest(asking, question, limit, signal);
			return runs.filter((run) => run.clientRef === clientRef);
		},

		/** Newest first, at most `limit`. */
		listRuns(limit: number, signal?: AbortSignal): Promise<readonly Run[]> {
			const waysAt = (cursor?: string) => {
				const page = pageOf("desc", cursor, limit);
				return [page, without(page, "limit")];
			};
			return readNewest(asking, { kind: "all", waysAt }, limit, signal);
		},
	};
}

type Params = Readonly<Record<string, string>>;

interface Asking {
	readonly read: Caller["read"];
	/** The way to ask that was taken last, of a `client_ref` and of all runs. */
	readonly taken: Record<Kind, number>;
}

type Kind = "group" | "all";

/** One page, asked for in the first of these ways that the service takes. */
async function readPage(
	{ read, taken }: Asking,
	kind: Kind,
	ways: readonly Params[],
	signal: AbortSignal | undefined,
) {
	// Counted here and not in common: those who ask at once are each refused once.
	for (let way = Math.min(taken[kind], ways.length - 1); ; way += 1) {
		const search = new URLSearchParams(ways[way]);
		try {
			const path = `${service.paths.runs}?${search}`;
			const page = await read(runListSchema, path, signal);
			taken[kind] = way;
			return page;
		} catch (error) {
			if (!isRefusal(error) || way + 1 >= ways.length) throw error;
		}
	}
}

interface Question {
	readonly kind: Kind;
	/** The ways to ask for the page at a cursor. */
	readonly waysAt: (cursor?: string) => readonly Params[];
}

/** The pages of a list to its end. A cursor that leads nowhere or in a circle shows nothing more. */
async function* readPages(
	asking: Asking,
	{ kind, waysAt }: Question,
	signal: AbortSignal | undefined,
) {
	for (let cursor: string | undefined; ; ) {
		const page = await readPage(asking, kind, waysAt(cursor), signal);
		yield page;
		const { next, runs } = page;
		if (!next || next === cursor || runs.length === 0) return;
		cursor = next;
	}
}

/** The newest runs of a list. */
async function readNewest(
	asking: Asking,
	question: Question,
	limit: number,
	signal: AbortSignal | undefined,
): Promise<readonly Run[]> {
	const found: Run[] = [];
	for await (const { runs } of readPages(asking, question, signal)) {
		found.push(...runs);
		if (found.length >= limit) break;
	}
	return found.slice(0, limit);
}

/** Reads pages until the runs of one order are found for certain, or cannot be. */
async function findMatches(
	asking: Asking,
	reference: Reference,
	fields: string | undefined,
	signal: AbortSignal | undefined,
): Promise<Lookup & { readonly isNameless: boolean }> {
	const { clientRef } = reference;
	const found: Run[] = [];
	let complete = false;
	let isNameless = false;
	const waysAt = (cursor?: string) =>
		waysToAsk(clientRef, fields, pageOf("asc", cursor));
	const pages = readPages(asking, { kind: "group", waysAt }, signal);
	for await (const { runs, isLastPage } of pages) {
		const matches = runs.map((run) => matchOf(run, reference));
		found.push(...runs.filter((_, at) => matches[at] === "ours"));
		isNameless = runs.some(
			(run) => run.clientRef === clientRef && run.jobRef === undefined,
		);
		const isProof = !matches.includes("inconclusive");
		complete = isProof && isLastPage;
		if (!isProof || isLastPage) break;
	}
	return { runs: found, complete, isNameless };
}

function pageOf(
	order: "asc" | "desc",
	cursor: string | undefined,
	limit = Number.POSITIVE_INFINITY,
): Params {
	return {
		sort_by: `created_at:${order}`,
		limit: String(Math.min(limit, service.listing.pageSize)),
		...(cursor !== undefined && { pq: cursor }),
	};
}

/** Each form of the query as official code asks, and then without what the service may not take. */
function waysToAsk(
	clientRef: string,
	fields: string | undefined,
	page: Params,
): readonly Params[] {
	return service.listing.queries.flatMap((query) => {
		const whole = { q: query(clientRef), ...page };
		return [
			fields === undefined ? whole : { ...whole, fields },
			whole,
			without(whole, "limit"),
		];
	});
}

function without(params: Params, name: string): Params {
	const { [name]: _, ...rest } = params;
	return rest;
}

/** Whether another way to ask may be taken. Never proof that a run is absent. */
function isRefusal(error: unknown): boolean {
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
