import { createHash } from "node:crypto";
import { formatUsd } from "../../system/money.ts";
import { modelOf, quote } from "../models/catalogue.ts";
import { checkInput } from "../models/inputs.ts";
import type { Answer } from "../server/answers.ts";
import { type FieldError, invalid, Problem } from "../server/problems.ts";
import type { Service } from "../service.ts";
import { billedMicros, findOutputAsset } from "../state/progress.ts";
import type { Idempotency, Outcome, RunRecord } from "../state/records.ts";
import {
	answerCreated,
	type Exchange,
	readObject,
	readText,
} from "./exchange.ts";
import { withDataStored } from "./input.ts";
import { runFacts, shaped } from "./run-view.ts";

/** `POST /v1/models/{owner}/{slug}/runs`: 201 with a queued run; the run is on record before that is said. */
export async function createRun(
	exchange: Exchange,
	service: Service,
): Promise<Answer> {
	const { store, settings } = service;
	const model = modelOf(exchange);
	const body = readObject(exchange);
	const idempotency = readIdempotency(exchange);
	const earlier = findPurchase(service, idempotency);
	if (earlier) return replay(exchange, earlier);

	const errors: FieldError[] = [];
	const terms = readTerms(body, errors);
	const input = checkInput(model, body.input, errors, {
		ignoreUnknown: exchange.faults.has("unknown-inputs"),
		assetExists: (id) =>
			!exchange.faults.has("asset-gone") && assetExists(service, id),
	});
	if (errors.length > 0) throw invalid(...errors);
	// Nothing may be awaited between the look at the balance and the record of the run.
	const order = quote(model, await withDataStored(input, service), settings);
	const left = settings.balanceMicros - store.committedMicros(service.now());
	if (order.priceMicros * order.count > left)
		throw new Problem("INSUFFICIENT_CREDIT");

	const { requestId } = exchange;
	const run = newRun(service, { ...order, ...terms, requestId, idempotency });
	store.add({ kind: "run", run });
	// Another process with the same state may have been a moment faster with the same key.
	const bought = findPurchase(service, idempotency) ?? run;
	if (bought.id !== run.id) return replay(exchange, bought);
	service.callbackSender.expect(run);
	exchange.note(
		`${run.outcome === "succeeded" ? "bought" : run.outcome} ${run.id} ${formatUsd(billedMicros(run))}`,
	);
	return answer(exchange, run);
}

/** What the request's Idempotency-Key says; null without one, or where it is ignored. */
function readIdempotency(exchange: Exchange): Idempotency | null {
	const key = exchange.headers["idempotency-key"];
	if (typeof key !== "string" || key === "") return null;
	if (exchange.faults.has("no-idempotency")) return null;
	const fingerprint = createHash("sha256")
		.update(`${exchange.method} ${exchange.url.pathname}\n`)
		.update(exchange.body)
		.digest("hex");
	return { key, fingerprint };
}

/**
 * What this key has bought before, with this very request.
 * @throws {Problem} 409 where it bought with another one
 */
function findPurchase(
	{ store }: Service,
	idempotency: Idempotency | null,
): RunRecord | undefined {
	const run = idempotency ? store.findByKey(idempotency.key) : undefined;
	if (run && run.idempotency?.fingerprint !== idempotency?.fingerprint)
		throw new Problem("CONFLICT");
	return run;
}

function replay(exchange: Exchange, run: RunRecord): Answer {
	exchange.note(`replayed ${run.id}`);
	return answer(exchange, run);
}

/** The same at each replay: queued, with nothing decided. */
function answer(exchange: Exchange, run: RunRecord): Answer {
	const view = runFacts(run, run.createdAt - 1);
	return answerCreated(exchange, shaped(view, exchange.faults));
}

/** What a run carries beside its input (limits: vendor documentation). */
function readTerms(
	body: Readonly<Record<string, unknown>>,
	errors: FieldError[],
): Pick<RunRecord, "clientRef" | "metadata" | "callbackUrl"> {
	const callbackUrl = readText(body, "callback_url", 2_048, errors);
	if (callbackUrl !== null && !/^https?:\/\/[^/]/.test(callbackUrl))
		errors.push({
			loc: ["body", "callback_url"],
			msg: "Input should be a URL",
		});
	const clientRef = readText(body, "client_ref", 255, errors);
	return { clientRef, metadata: body.metadata ?? null, callbackUrl };
}

function assetExists({ store, now }: Service, id: string): boolean {
	return (
		store.confirmedAssets.has(id) ||
		findOutputAsset(store.runs, id, now()) !== undefined
	);
}

type Decided =
	| "id"
	| "createdAt"
	| "latencyMs"
	| "seed"
	| "outcome"
	| "oddities";

/** The run of an order. Its end is decided here, by the faults and the clock. */
function newRun(service: Service, order: Omit<RunRecord, Decided>): RunRecord {
	const faults = service.injector.next(["run"]);
	const { min, max } = service.settings.latencyMs;
	const drawnMs = Math.round(min + (max - min) * service.random());
	const { seed } = order.input;
	const lateOutputMs = faults.timeOf("late-output");
	return {
		id: service.newId(),
		createdAt: service.now(),
		latencyMs: faults.timeOf("long") ?? drawnMs,
		seed:
			typeof seed === "number" ? seed : Math.floor(service.random() * 2 ** 32),
		outcome: outcomes.find((outcome) => faults.has(outcome)) ?? "succeeded",
		...order,
		picture: faults.has("webp")
			? { ...order.picture, format: "webp" }
			: order.picture,
		oddities: {
			...(lateOutputMs !== undefined && { lateOutputMs }),
			...(faults.has("unknown-status") && { unknownStatus: true }),
			...(faults.has("no-seed") && { hidesSeed: true }),
			...(faults.has("no-asset-ids") && { hidesAssets: true }),
		},
	};
}

/** Outcomes that a fault can give a run; the first one counts where several strike. */
const outcomes = [
	"moderated",
	"failed",
	"validation-failed",
	"canceled",
	"cancelled",
	"errored",
	"timeout",
	"no-output",
	"partial",
	"stuck",
] as const satisfies readonly Outcome[];
