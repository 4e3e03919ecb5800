import { atFirstKnown, type Caller } from "./caller.ts";
import { createListing, type Listing } from "./listing.ts";
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

/** The Runflow API, one method an endpoint. Each throws ServiceProblem for an answer that is an error and WireError for none. */
export interface RunflowClient extends Listing {
	/** `POST /v1/models/{model}/runs`. An unreadable 2xx throws a ServiceProblem that is not from the service. */
	createRun(order: Order, signal?: AbortSignal): Promise<Run>;
	/** `GET /v1/runs/{id}`, with fresh links. */
	readRun(id: string, signal?: AbortSignal): Promise<Run>;
	/** `GET /v1/runs/{id}/logs`. */
	readLogs(id: string, signal?: AbortSignal): Promise<readonly LogLine[]>;
	/** Credit of the account in US dollars; undefined where the answer cannot be read as a sum. */
	readBalance(signal?: AbortSignal): Promise<number | undefined>;
	/** `GET /v1/auth/me`: resolves when the key works. */
	checkKey(signal?: AbortSignal): Promise<void>;
	/**
	 * `POST /v1/callback-secrets`: the text of a new secret that signs the account's callbacks, shown this once. How the service
	 * chooses among several is not documented: the newest (?).
	 * @param label what it is called on the account
	 */
	createCallbackSecret(label: string, signal?: AbortSignal): Promise<string>;
	/** Whether an answer told that this is a sandbox. */
	readonly isSandbox: () => boolean;
}

export function createClient({ call, read, isSandbox }: Caller): RunflowClient {
	// Which form of the path a model answers to; found out once.
	const paths = new Map<string, string>();

	return {
		isSandbox,
		...createListing(read),

		createRun({ model, body: text, idempotencyKey }, signal) {
			const known = paths.get(model);
			const candidates = known ? [known] : service.paths.createRun(model);
			return atFirstKnown(candidates, async (path) => {
				const body = { text, idempotencyKey };
				const run = await read(runSchema, path, signal, body);
				paths.set(model, path);
				return run;
			});
		},

		readRun(id, signal) {
			return read(runSchema, service.paths.run(id), signal);
		},

		readLogs(id, signal) {
			return read(logsSchema, service.paths.logs(id), signal);
		},

		readBalance(signal) {
			const { paths, balanceElsewhere } = service;
			return atFirstKnown(
				paths.balances,
				(path) => read(balanceSchema, path, signal),
				({ status }) => balanceElsewhere.some((one) => one === status),
			);
		},

		async checkKey(signal) {
			await call(service.paths.me, signal);
		},

		createCallbackSecret(label, signal) {
			const body = { text: JSON.stringify({ label }) };
			const path = service.paths.callbackSecrets;
			return read(callbackSecretSchema, path, signal, body);
		},
	};
}
