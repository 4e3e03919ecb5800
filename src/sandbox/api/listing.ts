import { parseJson } from "../../system/json.ts";
import type { ActiveFaults } from "../faults/injector.ts";
import { type Answer, json } from "../server/answers.ts";
import { invalid, Problem } from "../server/problems.ts";
import type { Service } from "../service.ts";
import { progressAt } from "../state/progress.ts";
import type { RunRecord } from "../state/records.ts";
import type { Exchange } from "./exchange.ts";
import { withLinks } from "./input.ts";
import { outputOf } from "./output.ts";
import { runFacts, runFields, shaped } from "./run-view.ts";

/** `GET /v1/runs`: the runs that `q` means, in the order of `sort_by`, a page at a time. */
export async function listRuns(
	exchange: Exchange,
	service: Service,
): Promise<Answer> {
	const { faults, url } = exchange;
	if (faults.has("404")) throw new Problem("NOT_FOUND");
	const limit = readLimit(url.searchParams, faults);
	const isWanted = readFields(url.searchParams, faults);
	const { runs } = service.store;
	const listQuery = readListQuery(url.searchParams, runs);
	const { q } = listQuery;
	const matches =
		q === null || faults.has("lookup-ignored")
			? () => true
			: readFilter(q, faults);

	const now = service.now();
	const listedUntil = now - (faults.timeOf("lookup-lag") ?? 0);
	const found = runsFrom(runs, listQuery, now).filter(
		(run) => run.createdAt <= listedUntil && matches(run, now),
	);
	const most = faults.has("small-pages") ? Math.min(limit, 2) : limit;
	const page = found.slice(0, most);
	const last = found.length > most ? page.at(-1) : undefined;
	exchange.note(`${page.length} of ${found.length}`);
	const show = async (run: RunRecord) => {
		const view = runFacts(run, now, isWanted);
		if (isWanted("input")) view.input = await withLinks(run.input, service);
		if (isWanted("output"))
			view.output = await outputOf(service, run, now, "listed");
		return shaped(view, faults);
	};
	const items = await Promise.all(page.map(show));
	const next = last ? cursorAfter(last, listQuery) : null;
	return json(200, {
		items,
		[faults.has("docs-cursors") ? "next_pq" : "next"]: next,
	});
}

/** At most 500 (vendor documentation); 50 where none is asked for is inferred. */
function readLimit(query: URLSearchParams, faults: ActiveFaults): number {
	const text = query.get("limit") ?? "50";
	const limit = /^\d+$/.test(text) ? Number(text) : 0;
	const most = faults.has("official-limit") ? 100 : 500;
	if (limit >= 1 && limit <= most) return limit;
	throw unreadable("limit", `Input should be from 1 to ${most}`);
}

/** Which fields of a run are to be shown; all of them where none is named. */
function readFields(
	query: URLSearchParams,
	faults: ActiveFaults,
): (name: string) => boolean {
	const text = query.get("fields");
	const names = text?.split(",").map((name) => name.trim());
	const known = faults.has("official-fields")
		? officialFields
		: Object.keys(runFields);
	const wrong = names?.find((name) => !known.includes(name));
	if (wrong !== undefined)
		throw unreadable("fields", `"${wrong}" is no field of a run`);
	const hidden = faults.has("no-client-ref") ? ["client_ref", "metadata"] : [];
	return (name) =>
		!hidden.includes(name) && (names === undefined || names.includes(name));
}

/** What official code asks for. */
const officialFields: readonly string[] =
	"id,status_code,client_ref,output,input,cost,duration_ms,created_at".split(
		",",
	);

/** What a listing is asked for; a cursor carries it on to the next page. */
interface ListQuery {
	readonly q: string | null;
	readonly sortBy: string;
	/** Id of the last run of the page before. */
	readonly after?: string;
}

type Runs = ReadonlyMap<string, RunRecord>;

/** @throws {Problem} 422 where the cursor is none of ours */
function readListQuery(query: URLSearchParams, runs: Runs): ListQuery {
	const cursor = query.get("pq");
	const sortBy = query.get("sort_by") ?? "created_at:desc";
	if (cursor === null) return { q: query.get("q"), sortBy };
	const text = Buffer.from(cursor, "base64url").toString();
	const listQuery = parseJson(text) as ListQuery | undefined | null;
	if (listQuery && runs.has(listQuery.after ?? "")) return listQuery;
	throw unreadable("pq", "This cursor is not known");
}

function cursorAfter(last: RunRecord, listQuery: ListQuery): string {
	const next: ListQuery = { ...listQuery, after: last.id };
	return Buffer.from(JSON.stringify(next)).toString("base64url");
}

/**
 * The runs that come after those of the pages before, in order. Runs that were made meanwhile shift nothing.
 * @throws {Problem} 422
 */
function runsFrom(
	runs: Runs,
	{ sortBy, after }: ListQuery,
	now: number,
): RunRecord[] {
	const orders = sortBy.split(",").map(readOrder);
	// Where all else is alike, the id tells which was first.
	const byId = { keyOf: ({ id }: RunRecord) => id, sign: orders[0]?.sign ?? 1 };
	const sorted = [...runs.values()]
		.map((run) => ({
			run,
			keys: [...orders, byId].map(({ keyOf }) => keyOf(run, now) ?? ""),
		}))
		.sort((one, other) => {
			const at = one.keys.findIndex((key, index) => key !== other.keys[index]);
			const { sign } = orders[at] ?? byId;
			return (one.keys[at] ?? "") < (other.keys[at] ?? "") ? -sign : sign;
		})
		.map(({ run }) => run);
	return sorted.slice(sorted.findIndex(({ id }) => id === after) + 1);
}

/** One of the orders of `sort_by`, `created_at:asc`; several are parted by commas (vendor documentation; the comma is inferred). */
function readOrder(text: string) {
	const [, name = "", way] = /^(\w+):(asc|desc)$/.exec(text) ?? [];
	const keyOf = Object.hasOwn(sortKeys, name) ? sortKeys[name] : undefined;
	if (keyOf) return { keyOf, sign: way === "asc" ? 1 : -1 };
	throw unreadable("sort_by", `"${text}" cannot be sorted by`);
}

/** By these (inferred). */
const sortKeys: Readonly<
	Record<string, (run: RunRecord, now: number) => number | string | null>
> = {
	created_at: (run) => run.createdAt,
	completed_at: (run, now) => progressAt(run, now).completedAt,
	status_code: (run, now) => progressAt(run, now).status,
	client_ref: (run) => run.clientRef,
};

/**
 * Whether a run is meant by `q`: one field and its value, as `client_ref.EQ:'REF'` (official code), or `client_ref='REF'` and
 * `client_ref:REF` (vendor documentation). The rest of the documented language is not spoken here.
 * @throws {Problem} 422
 */
function readFilter(
	q: string,
	faults: ActiveFaults,
): (run: RunRecord, now: number) => boolean {
	const [, name = "", mark, quoted, bare] =
		/^(client_ref|status_code|model_id)(\.EQ:|[=:])(?:'([^']*)'|([^\s'"()]+))$/.exec(
			q,
		) ?? [];
	const field = runFields[name];
	if (!field || faults.has(mark === ".EQ:" ? "docs-query" : "eq-query"))
		throw unreadable("q", `"${q}" cannot be read`);
	return (run, now) => field(run, progressAt(run, now)) === (quoted ?? bare);
}

function unreadable(parameter: string, msg: string): Problem {
	return invalid({ loc: ["query", parameter], msg });
}
