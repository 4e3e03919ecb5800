import type { Strikes } from "./dice.ts";
import { idOf } from "./ids.ts";
import { invalidField } from "./problems.ts";
import type { RunRecord } from "./records.ts";
import { progressAt } from "./run-clock.ts";

/** What a listing is asked for; a cursor carries it on to the next page. */
export interface Question {
	readonly q: string | null;
	readonly sortBy: string;
	/** Id of the last run of the page before. */
	readonly after?: string;
}

type Runs = ReadonlyMap<string, RunRecord>;

/** @throws {Problem} 422 where the cursor is none of ours */
export function readQuestion(query: URLSearchParams, runs: Runs): Question {
	const cursor = query.get("pq");
	const sortBy = query.get("sort_by") ?? "created_at:desc";
	if (cursor === null) return { q: query.get("q"), sortBy };
	try {
		const text = Buffer.from(cursor, "base64url").toString();
		const question = JSON.parse(text) as Question;
		if (runs.has(question.after ?? "")) return question;
	} catch {
		// Said below.
	}
	throw invalidField(["query", "pq"], "This cursor is not known");
}

export function cursorAfter(last: RunRecord, question: Question): string {
	const next: Question = { ...question, after: last.id };
	return Buffer.from(JSON.stringify(next)).toString("base64url");
}

/**
 * The runs that come after those of the pages before, in order. Runs that were made meanwhile shift nothing.
 * @throws {Problem} 422
 */
export function runsFrom(runs: Runs, { sortBy, after }: Question): RunRecord[] {
	const way = /^created_at:(asc|desc)$/.exec(sortBy)?.[1];
	if (!way)
		throw invalidField(["query", "sort_by"], `"${sortBy}" cannot be sorted by`);
	const sorted = [...runs.values()].sort(
		(one, other) =>
			one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1),
	);
	if (way === "desc") sorted.reverse();
	return sorted.slice(sorted.findIndex(({ id }) => id === after) + 1);
}

/**
 * Whether a run is meant by `q`: one field and its value, as `client_ref.EQ:'REF'` (official code), or `client_ref='REF'` and
 * `client_ref:REF` (vendor documentation). The rest of the documented language is not spoken here.
 * @throws {Problem} 422
 */
export function readFilter(
	q: string,
	strikes: Strikes,
): (run: RunRecord, now: number) => boolean {
	const [, name = "", mark, quoted, bare] =
		/^(\w+)(\.EQ:|[=:])(?:'([^']*)'|([^\s'"()]+))$/.exec(q) ?? [];
	const factOf = filterable.get(name);
	if (!factOf || strikes.has(mark === ".EQ:" ? "docs-query" : "eq-query"))
		throw invalidField(["query", "q"], `"${q}" cannot be read`);
	return (run, now) => factOf(run, now) === (quoted ?? bare);
}

type Fact = (run: RunRecord, now: number) => string | null;

const filterable: ReadonlyMap<string, Fact> = new Map<string, Fact>([
	["client_ref", (run) => run.clientRef],
	["status_code", (run, now) => progressAt(run, now).status],
	["model_id", (run) => idOf(run.model)],
]);
