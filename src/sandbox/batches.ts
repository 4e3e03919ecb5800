import { type Answer, json } from "./answers.ts";
import { captured, type Exchange } from "./exchange.ts";
import { pageView } from "./listing.ts";
import { cutPage, readLimit, readPlace } from "./paging.ts";
import { problems } from "./problems.ts";
import type { BatchRecord, RunRecord } from "./records.ts";
import { progressAt } from "./run-clock.ts";
import { iso } from "./run-view.ts";
import type { Service } from "./service.ts";

/** `GET /v1/batches/{id}` */
export function readBatch(exchange: Exchange, service: Service): Answer {
	const { batch, runs } = findBatch(exchange, service);
	return json(200, batchView(batch, runs, service.now()));
}

/** `GET /v1/batches/{id}/items`; that it has pages like the listing of runs is inferred. */
export function listBatchItems(exchange: Exchange, service: Service): Answer {
	const { searchParams } = exchange.url;
	const { runs } = findBatch(exchange, service);
	const items = itemViews(runs, service.now());
	const page = cutPage(
		items,
		readPlace(searchParams),
		readLimit(searchParams),
		{
			keyOf: (item) => [String(item.sequence_index).padStart(3, "0"), item.id],
			compare: ([a], [b]) => (a === b ? 0 : a < b ? -1 : 1),
		},
	);
	return json(200, pageView(page, exchange.strikes.has("docs-cursors")));
}

function findBatch(exchange: Exchange, { store }: Service) {
	const id = captured(exchange);
	const batch = store.batches.get(id);
	if (!batch || exchange.strikes.has("404")) throw problems.batchNotFound(id);
	return { batch, runs: runsOf(batch, store.runs) };
}

/** The runs of a batch, in its order. */
export function runsOf(
	batch: BatchRecord,
	runs: ReadonlyMap<string, RunRecord>,
): readonly RunRecord[] {
	return batch.runIds
		.map((id) => runs.get(id))
		.filter((run) => run !== undefined);
}

/** A batch as the API shows it (vendor documentation). */
export function batchView(
	batch: BatchRecord,
	runs: readonly RunRecord[],
	now: number,
): Record<string, unknown> {
	const items = itemViews(runs, now);
	const count = (...statuses: readonly string[]) =>
		items.filter(({ status_code }) => statuses.includes(status_code)).length;
	const counts = {
		queued: count("queued"),
		succeeded: count("succeeded", "partial_succeeded"),
		failed: count("failed", "errored", "timeout"),
		cancelled: count("canceled", "cancelled"),
	};
	return {
		id: batch.id,
		status_code: batchStatus(items.length, counts),
		items_total: items.length,
		items_succeeded: counts.succeeded,
		items_failed: counts.failed,
		items_cancelled: counts.cancelled,
		metadata: batch.metadata,
		created_at: iso(batch.createdAt),
		items,
	};
}

interface Counts {
	readonly queued: number;
	readonly succeeded: number;
	readonly failed: number;
	readonly cancelled: number;
}

function batchStatus(
	total: number,
	{ queued, succeeded, failed, cancelled }: Counts,
): string {
	if (queued === total) return "queued";
	if (succeeded + failed + cancelled < total) return "running";
	if (succeeded === total) return "succeeded";
	if (succeeded > 0) return "partial_succeeded";
	return cancelled === total ? "canceled" : "failed";
}

function itemViews(runs: readonly RunRecord[], now: number) {
	return runs.map((run, index) => ({
		// An item has an id of its own; that it is made of the batch's and its place is ours.
		id: `${run.batchId}.${index}`,
		sequence_index: index,
		run_id: run.id,
		status_code: progressAt(run, now).status,
		client_ref: run.clientRef,
	}));
}
