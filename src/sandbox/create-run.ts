import { formatUsd } from "../system/money.ts";
import { type Answer, json } from "./answers.ts";
import { type Exchange, readObject } from "./exchange.ts";
import { billedMicros } from "./outcomes.ts";
import { type FieldError, invalid, problems } from "./problems.ts";
import {
	checkCredit,
	createRecord,
	findPurchase,
	modelOf,
	prepareOrder,
	readIdempotency,
} from "./purchase.ts";
import { createdRun } from "./run-view.ts";
import { renamed } from "./runs.ts";
import type { Service } from "./service.ts";

/** `POST /v1/models/{owner}/{slug}/runs`: 201 with a queued run; the run is on record before that is said. */
export function createRun(exchange: Exchange, service: Service): Answer {
	const { strikes } = exchange;
	const model = modelOf(exchange.captured, strikes);
	const body = readObject(exchange);
	const idempotency = readIdempotency(exchange);
	const earlier = findPurchase(service, idempotency);
	if (earlier) return replay(exchange, service, earlier.id);

	const errors: FieldError[] = [];
	const terms = readTerms(body, errors);
	const order = prepareOrder(service, model, body.input, strikes, errors);
	if (errors.length > 0) throw invalid(errors);
	checkCredit(service, order);

	const run = createRecord(service, order, {
		...terms,
		requestId: exchange.requestId,
		idempotency,
	});
	service.store.add({ kind: "run", run });
	// Another process with the same state may have been a moment faster with the same key.
	const purchase = findPurchase(service, idempotency);
	if (purchase && purchase.id !== run.id)
		return replay(exchange, service, purchase.id);
	service.callbackSender.expect(run);
	exchange.note(
		`${run.outcome === "succeeded" ? "bought" : run.outcome} ${run.id} ${formatUsd(billedMicros(run))}`,
	);
	return answerCreated(exchange, renamed(createdRun(run), strikes));
}

/** What a run carries beside its input (limits: vendor documentation). */
function readTerms(
	body: Readonly<Record<string, unknown>>,
	errors: FieldError[],
): {
	readonly clientRef: string | null;
	readonly metadata: unknown;
	readonly callbackUrl: string | null;
} {
	const callbackUrl = readText(body, "callback_url", 2_048, ["body"], errors);
	if (callbackUrl !== null && !/^https?:\/\/[^/]/.test(callbackUrl))
		errors.push({
			loc: ["body", "callback_url"],
			msg: "Input should be a URL",
		});
	return {
		clientRef: readText(body, "client_ref", 255, ["body"], errors),
		metadata: body.metadata ?? null,
		callbackUrl,
	};
}

/** A text of at most `longest` characters, or null. */
export function readText(
	from: Readonly<Record<string, unknown>>,
	name: string,
	longest: number,
	at: FieldError["loc"],
	errors: FieldError[],
): string | null {
	const value = from[name];
	if (value === undefined || value === null) return null;
	if (typeof value !== "string") {
		errors.push({ loc: [...at, name], msg: "Input should be a valid string" });
		return null;
	}
	if (value.length > longest)
		errors.push({
			loc: [...at, name],
			msg: `String should have at most ${longest} characters`,
		});
	return value;
}

/** 201 as documented, or the 200 that a fault makes of it. */
export function answerCreated(
	{ strikes }: Exchange,
	value: Record<string, unknown>,
): Answer {
	return json(strikes.has("status-200") ? 200 : 201, value);
}

function replay(exchange: Exchange, { store }: Service, id: string): Answer {
	exchange.note(`replayed ${id}`);
	const run = store.runs.get(id);
	if (!run) throw problems.runNotFound(id);
	return answerCreated(exchange, renamed(createdRun(run), exchange.strikes));
}
