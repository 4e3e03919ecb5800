import type { Answer } from "./answers.ts";
import { batchView, runsOf } from "./batches.ts";
import { answerCreated, readTerms, readText } from "./create-run.ts";
import { captured, type Exchange, readObject } from "./exchange.ts";
import { isObject } from "./input-check.ts";
import { decimalUsd } from "./money.ts";
import { billedMicros } from "./outcomes.ts";
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
import type { BatchRecord } from "./records.ts";
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
	for (const run of runs) service.callbackSender.expect(run);
	const cost = runs.reduce((sum, run) => sum + billedMicros(run), 0);
	exchange.note(`bought ${id}, ${runs.length} runs, $${decimalUsd(cost)}`);
	return answerCreated(exchange, batchView(batch, runs, batch.createdAt - 1));
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
