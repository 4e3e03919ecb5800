import { randomBytes } from "node:crypto";
import type { Delivery } from "../callback-sender.ts";
import { type Answer, json } from "../server/answers.ts";
import { type FieldError, invalid, Problem } from "../server/problems.ts";
import type { Service } from "../service.ts";
import { progressAt } from "../state/progress.ts";
import {
	answerCreated,
	type Exchange,
	readObject,
	readText,
} from "./exchange.ts";
import { iso } from "./run-view.ts";
import { findRun } from "./runs.ts";

/**
 * `GET /v1/runs/{id}/callback`: what this process has sent of the end of a run, the eldest first (the fields are
 * inferred).
 */
export function listCallbacks(exchange: Exchange, service: Service): Answer {
	const deliveries = service.callbackSender.deliveriesOf(
		findRun(exchange, service),
	);
	return json(200, { items: deliveries.map(deliveryView) });
}

/**
 * `POST /v1/runs/{id}/callback-redeliveries`: tells of the end again, at once.
 * @throws {Problem} 409 of a run that has not ended, or that nobody wants to be told of
 */
export function redeliver(exchange: Exchange, service: Service): Answer {
	const run = findRun(exchange, service);
	const { completedAt } = progressAt(run, service.now());
	if (completedAt === null || run.callbackUrl === null)
		throw new Problem("CONFLICT", "There is no callback to deliver again");
	const delivery = service.callbackSender.redeliver(run);
	return answerCreated(exchange, { ...deliveryView(delivery), run_id: run.id });
}

function deliveryView({ id, at, status }: Delivery) {
	return {
		id,
		status_code:
			status === undefined
				? "pending"
				: status >= 200 && status < 300
					? "delivered"
					: "failed",
		response_status: status || null,
		created_at: iso(at),
	};
}

/** `POST /v1/callback-secrets`: the secret that signs callbacks from now on, told this once. */
export function createSecret(exchange: Exchange, service: Service): Answer {
	const errors: FieldError[] = [];
	const label = readText(readObject(exchange), "label", 255, errors);
	if (label === null && errors.length === 0)
		errors.push({ loc: ["body", "label"], msg: "Field required" });
	if (errors.length > 0) throw invalid(...errors);
	const secret = {
		id: service.newId(),
		createdAt: service.now(),
		label: label ?? "",
		secret: `whsec_${randomBytes(24).toString("base64url")}`,
	};
	service.store.add({ kind: "secret", secret });
	return answerCreated(exchange, {
		id: secret.id,
		label: secret.label,
		plain_secret: secret.secret,
		created_at: iso(secret.createdAt),
	});
}
