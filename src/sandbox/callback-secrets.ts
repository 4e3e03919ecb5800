import { randomBytes } from "node:crypto";
import type { Answer } from "./answers.ts";
import { answerCreated, readText } from "./create-run.ts";
import { type Exchange, readObject } from "./exchange.ts";
import { type FieldError, invalid } from "./problems.ts";
import type { SecretRecord } from "./records.ts";
import { iso } from "./run-view.ts";
import type { Service } from "./service.ts";

/** `POST /v1/callback-secrets`: the secret that signs callbacks from now on, told this once. */
export function createSecret(exchange: Exchange, service: Service): Answer {
	const errors: FieldError[] = [];
	const label = readText(readObject(exchange), "label", 255, ["body"], errors);
	if (label === null && errors.length === 0)
		errors.push({ loc: ["body", "label"], msg: "Field required" });
	if (errors.length > 0) throw invalid(errors);
	const secret: SecretRecord = {
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
