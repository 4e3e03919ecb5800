import { atFirstKnown, type Caller } from "./caller.ts";
import { createListing } from "./listing.ts";
import {
	balanceSchema,
	callbackSecretSchema,
	type LogLine,
	logsSchema,
	type Run,
	runSchema,
} from "./schemas.ts";
import { service } from "./service.ts";

/** What buys a run: the same order is sent with the same bytes on each try. */
export interface Order {
	/** `owner/slug`. */
	readonly model: string;
	/** The whole JSON body, as it was written to disk before the first try. */
	readonly body: string;
	readonly idempotencyKey: string;
}

export type RunflowClient = ReturnType<typeof createClient>;

/** The Runflow API, one method an endpoint. Each throws ServiceProblem for an answer that is an error and WireError for none. */
export function createClient({ call, read, isSandbox }: Caller) {
	// Which form of the path a model answers to; found out once.
	const paths = new Map<string, string>();

	return {
		isSandbox,
		...createListing(read),

		/** `POST /v1/models/{model}/runs`. An unreadable 2xx throws a ServiceProblem that is not from the service. */
		createRun(
			{ model, body: text, idempotencyKey }: Order,
			signal?: AbortSignal,
		): Promise<Run> {
			const known = paths.get(model);
			const candidates = known ? [known] : service.paths.createRun(model);
			return atFirstKnown(candidates, async (path) => {
				const body = { text, idempotencyKey };
				const run = await read(runSchema, path, signal, body);
				paths.set(model, path);
				return run;
			});
		},

		/** `GET /v1/runs/{id}`, with fresh links. */
		readRun(id: string, signal?: AbortSignal): Promise<Run> {
			return read(runSchema, service.paths.run(id), signal);
		},

		/** `GET /v1/runs/{id}/logs`. */
		readLogs(id: string, signal?: AbortSignal): Promise<readonly LogLine[]> {
			return read(logsSchema, service.paths.logs(id), signal);
		},

		/** Credit of the account in US dollars; undefined where the answer cannot be read as a sum. */
		readBalance(signal?: AbortSignal): Promise<number | undefined> {
			const { paths, balanceElsewhere } = service;
			return atFirstKnown(
				paths.balances,
				(path) => read(balanceSchema, path, signal),
				({ status }) => balanceElsewhere.some((one) => one === status),
			);
		},

		/** `GET /v1/auth/me`: resolves when the key works. */
		async checkKey(signal?: AbortSignal): Promise<void> {
			await call(service.paths.me, signal);
		},

		/**
		 * `POST /v1/callback-secrets`: the text of a new secret that signs the account's callbacks, shown this once. How the service
		 * chooses among several is not documented: the newest (?).
		 * @param label what it is called on the account
		 */
		createCallbackSecret(label: string, signal?: AbortSignal): Promise<string> {
			const body = { text: JSON.stringify({ label }) };
			const path = service.paths.callbackSecrets;
			return read(callbackSecretSchema, path, signal, body);
		},
	};
}
