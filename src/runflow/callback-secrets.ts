import * as z from "zod";
import type { Caller } from "./caller.ts";
import { service } from "./service.ts";

/** The secrets that sign an account's callbacks. */
export interface CallbackSecretApi {
	/**
	 * `POST /v1/callback-secrets` (D). Each call makes another secret, and its text is shown this once. How the service chooses among
	 * several is not documented: the newest (?).
	 * @param label what the secret is called on the account
	 * @throws {ServiceProblem} @throws {WireError}
	 */
	create(label: string, signal?: AbortSignal): Promise<CreatedSecret>;
}

export interface CreatedSecret {
	readonly plainSecret: string;
}

export function createCallbackSecretApi({ read }: Caller): CallbackSecretApi {
	return {
		create(label, signal) {
			const text = JSON.stringify({ label });
			const path = service.paths.callbackSecrets;
			return read(createdSchema, path, signal, { text });
		},
	};
}

const none = "no `plain_secret`";

const createdSchema = z
	.looseObject({ plain_secret: z.string(none).trim().min(1, none) }, none)
	.transform(({ plain_secret }) => ({ plainSecret: plain_secret }));
