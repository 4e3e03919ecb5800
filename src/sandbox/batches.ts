import { type Answer, json } from "./answers.ts";
import { answerCreated, readTerms, readText } from "./create-run.ts";
import { captured, type Exchange, readObject } from "./exchange.ts";
import { isObject } from "./input-check.ts";
import { pageView } from "./listing.ts";
import { decimalUsd } from "./money.ts";
import { billedMicros } from "./outcomes.ts";
import { cutPage, readLimit, readPlace } from "./paging.ts";
import {
	type FieldError,
	invalid,
	invalidField,
	problems,
} from "./problems.ts";
import {
	checkCredit,
	createRecord,
	findPurchase,
	modelOf,
	prepareOrder,
	readIdempotency,
} from "./purchase.ts";
import type { BatchRecord, RunRecord } from "./records.ts";
import { progressAt } from "./run-clock.ts";
import { iso } from "./run-view.ts";
import type { Service } from "./service.ts";

/**
 * `POST /v1/models/{owner}/{slug}/batches`: all of its runs, or none. A callback address of the batch counts for each
 * run of it (inferred: only events of runs are documented).
 */
export function createBatch(exchange: Exchange, service: Service): Answer {
	const { strikes } = exchange;
	const model = modelOf(captured(exchange), strikes);
	if (strikes.has("no-batches"))
		throw invalidField(["path", "model"], "This model does not take batches");
	const body = readObject(exchange);
	const idempotency = readIdempotency(exchange);
	const earlier = findPurchase(service, idempotency);
	if (earlier) return replay(exchange, service, earlier.id);

	const errors: FieldError[] = [];
	const { metadata, callbackUrl } = readTerms(body, errors);
	const wishes = readWishes(body.input).map(({ clientRef, input }, index) => {
		const at = ["body", "input", index];
		return {
			clientRef: readText(
				{ client_ref: clientRef },
				"client_ref",
				255,
				at,
				errors,
			),
			order: prepareOrder(service, model, input, strikes, at, errors),
		};
	});
	if (errors.length > 0) throw invalid(errors);
	checkCredit(
		service,
		wishes.map(({ order }) => order),
	);

	const id = service.newId();
	const { requestId } = exchange;
	const runs = wishes.map(({ order, clientRef }) =>
		createRecord(service, order, {
			requestId,
			clientRef,
			metadata,
			callbackUrl,
			idempotency: null,
			batchId: id,
		}),
	);
	const batch: BatchRecord = {
		id,
		createdAt: service.now(),
		model: model.id,
		metadata,
		idempotency,
		runIds: runs.map((run) => run.id),
	};
	service.store.add({ kind: "batch", batch, runs });
	const purchase = findPurchase(service, idempotency);
	if (purchase && purchase.id !== id)
		return replay(exchange, service, purchase.id);
	for (const run of runs) service.courier.expect(run);
	const cost = runs.reduce((sum, run) => sum + billedMicros(run), 0);
	exchange.note(`bought ${id}, ${runs.length} runs, $${decimalUsd(cost)}`);
	return answerCreated(exchange, batchView(batch, runs, batch.createdAt - 1));
}

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

/** One to a hundred objects, each a model's input and perhaps a `client_ref` of its own (vendor documentation). */
function readWishes(input: unknown) {
	if (!Array.isArray(input) || input.length < 1 || input.length > 100)
		throw invalidField(
			["body", "input"],
			"Input should be a list of 1 to 100 objects",
		);
	return input.map((entry: unknown) => {
		if (!isObject(entry)) return { clientRef: undefined, input: entry };
		const { client_ref: clientRef, ...wish } = entry;
		return { clientRef, input: wish };
	});
}

function replay(exchange: Exchange, { store }: Service, id: string): Answer {
	exchange.note(`replayed ${id}`);
	const batch = store.batches.get(id);
	if (!batch) throw problems.batchNotFound(id);
	const runs = runsOf(batch, store.runs);
	return answerCreated(exchange, batchView(batch, runs, batch.createdAt - 1));
}

function findBatch(exchange: Exchange, { store }: Service) {
	const id = captured(exchange);
	const batch = store.batches.get(id);
	if (!batch || exchange.strikes.has("404")) throw problems.batchNotFound(id);
	return { batch, runs: runsOf(batch, store.runs) };
}

function runsOf(
	batch: BatchRecord,
	runs: ReadonlyMap<string, RunRecord>,
): readonly RunRecord[] {
	return batch.runIds
		.map((id) => runs.get(id))
		.filter((run) => run !== undefined);
}

function batchView(
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
