import { type Answer, json } from "./answers.ts";
import type { Exchange } from "./exchange.ts";
import { outputOf } from "./outputs.ts";
import { invalidField, problems } from "./problems.ts";
import { cursorAfter, readFilter, readQuestion, runsFrom } from "./query.ts";
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
	const { runs } = service.store;
	const question = readQuestion(url.searchParams, runs);
	const { q } = question;
	const isMeant =
		q === null || strikes.has("lookup-ignored")
			? () => true
			: readFilter(q, strikes);

	const now = service.now();
	const listedUntil = now - (strikes.timeOf("lookup-lag") ?? 0);
	const found = runsFrom(runs, question).filter(
		(run) => run.createdAt <= listedUntil && isMeant(run, now),
	);
	const most = strikes.has("small-pages") ? Math.min(limit, 2) : limit;
	const page = found.slice(0, most);
	const last = found.length > most ? page.at(-1) : undefined;
	exchange.note(`${page.length} of ${found.length}`);
	return json(200, {
		items: page.map((run) => {
			const view = runFacts(run, now);
			if (!fields || fields.has("output"))
				view.output = outputOf(service, run, now, false);
			if (strikes.has("no-client-ref")) {
				delete view.client_ref;
				delete view.metadata;
			}
			return renamed(fields ? pick(view, fields) : view, strikes);
		}),
		[strikes.has("docs-cursors") ? "next_pq" : "next"]: last
			? cursorAfter(last, question)
			: null,
	});
}

/** At most 500 (vendor documentation); 50 without a wish is inferred. */
function readLimit(query: URLSearchParams): number {
	const text = query.get("limit") ?? "50";
	const limit = /^\d+$/.test(text) ? Number(text) : 0;
	if (limit < 1 || limit > 500)
		throw invalidField(["query", "limit"], "Input should be from 1 to 500");
	return limit;
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

function pick(
	view: Readonly<Record<string, unknown>>,
	fields: ReadonlySet<string>,
): Record<string, unknown> {
	return Object.fromEntries(
		Object.entries(view).filter(([name]) => fields.has(name)),
	);
}
