import { type Answer, json } from "./answers.ts";
import { type Filter, QueryError } from "./condition.ts";
import type { Exchange } from "./exchange.ts";
import { outputOf } from "./outputs.ts";
import {
	cutPage,
	type Page,
	readLimit,
	readPlace,
	type SortKey,
} from "./paging.ts";
import { invalidField, problems } from "./problems.ts";
import { parseQuery } from "./query.ts";
import type { RunRecord } from "./records.ts";
import { runFacts } from "./run-view.ts";
import { renamed } from "./runs.ts";
import type { Service } from "./service.ts";

/** `GET /v1/runs`: the runs that `q` means, in the order of `sort_by`, a page at a time. */
export function listRuns(exchange: Exchange, service: Service): Answer {
	const { strikes, url } = exchange;
	if (strikes.has("no-lookup")) throw problems.permissionDenied("list runs");
	if (strikes.has("404")) throw problems.notFound();
	const limit = readLimit(url.searchParams);
	const fields = readFields(url.searchParams);
	const place = readPlace(url.searchParams);
	const order = readOrder(place.question.sortBy ?? "created_at:desc");
	const filter = readFilter(exchange, place.question.q);

	const now = service.now();
	const listedUntil = now - (strikes.timeOf("lookup-lag") ?? 0);
	const found: Listed[] = [];
	for (const run of service.store.runs.values()) {
		if (run.createdAt > listedUntil) continue;
		const facts = runFacts(run, now);
		if (filter(facts)) found.push({ run, facts });
	}
	const { compare } = order;
	const keyOf = ({ facts }: Listed) => order.keyOf(facts);
	found.sort((one, other) => compare(keyOf(one), keyOf(other)));
	const most = strikes.has("small-pages") ? Math.min(limit, 2) : limit;
	const page = cutPage(found, place, most, { keyOf, compare });

	const items = page.items.map(({ run, facts }) => {
		const view = { ...facts };
		if (!fields || fields.has("output"))
			view.output = outputOf(service, run, now, false);
		if (strikes.has("no-client-ref")) {
			delete view.client_ref;
			delete view.metadata;
		}
		return renamed(fields ? pick(view, fields) : view, strikes);
	});
	exchange.note(`${items.length} of ${found.length}`);
	return json(200, pageView({ ...page, items }, strikes.has("docs-cursors")));
}

/** A page as the API writes it: `next` and `previous` (official code), or the names of the documentation. */
export function pageView<Item>(
	page: Page<Item>,
	docsNames: boolean,
): Record<string, unknown> {
	const { items, next, previous, first } = page;
	return docsNames
		? { items, next_pq: next, prev_pq: previous }
		: { items, next, previous, first };
}

interface Listed {
	readonly run: RunRecord;
	readonly facts: Record<string, unknown>;
}

function readFilter({ strikes }: Exchange, q: string | undefined): Filter {
	if (q === undefined || strikes.has("lookup-ignored")) return () => true;
	try {
		return parseQuery(q, {
			dotted: !strikes.has("docs-query"),
			plain: !strikes.has("eq-query"),
		});
	} catch (error) {
		if (error instanceof QueryError)
			throw invalidField(["query", "q"], error.message);
		throw error;
	}
}

function readFields(query: URLSearchParams): ReadonlySet<string> | undefined {
	const text = query.get("fields");
	if (text === null) return undefined;
	const names = text.split(",").map((name) => name.trim());
	const wrong = names.find((name) => !known.has(name));
	if (wrong !== undefined)
		throw invalidField(["query", "fields"], `"${wrong}" is no field of a run`);
	return new Set(names);
}

const known: ReadonlySet<string> = new Set([
	"id",
	"status_code",
	"model_id",
	"input",
	"output",
	"cost",
	"duration_ms",
	"client_ref",
	"metadata",
	"request_id",
	"jurisdiction_code",
	"created_at",
	"started_at",
	"completed_at",
	"nodes_total",
	"nodes_completed",
	"has_logs",
	"failure_code",
	"failure_message",
	"failure_stage_code",
]);

function readOrder(text: string) {
	const [, field = "", way] =
		/^(id|created_at|started_at|completed_at|status_code)(?::(asc|desc))?$/.exec(
			text,
		) ?? [];
	if (!field)
		throw invalidField(["query", "sort_by"], `"${text}" cannot be sorted by`);
	const sign = way === "desc" ? -1 : 1;
	return {
		keyOf: (facts: Readonly<Record<string, unknown>>): SortKey => [
			String(facts[field] ?? ""),
			String(facts.id),
		],
		compare: ([a, b]: SortKey, [c, d]: SortKey) =>
			sign * (compareText(a, c) || compareText(b, d)),
	};
}

function compareText(one: string, other: string): number {
	if (one === other) return 0;
	return one < other ? -1 : 1;
}

function pick(
	view: Readonly<Record<string, unknown>>,
	fields: ReadonlySet<string>,
): Record<string, unknown> {
	return Object.fromEntries(
		Object.entries(view).filter(([name]) => fields.has(name)),
	);
}
