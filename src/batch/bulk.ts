import { createHash } from "node:crypto";
import type { Order, RunflowClient } from "../runflow/client.ts";
import { ServiceProblem } from "../runflow/problem.ts";
import type { Run } from "../runflow/schemas.ts";
import { service } from "../runflow/service.ts";
import type { Clock } from "../runtime.ts";

interface Waiting {
	readonly order: Order;
	readonly resolve: (run: Run) => void;
	readonly reject: (reason: unknown) => void;
}

/** Orders that come so close together go in one request. */
const gatherMs = 150;

/**
 * A client whose orders travel together, through the service's own batch endpoint. For whoever buys
 * nothing changes: each order gets its run, or the reason why that is not known, and is then looked up by
 * its own reference. A model that takes no batches is bought from run by run, which is said once.
 */
export function createBulkClient(
	client: RunflowClient,
	clock: Pick<Clock, "sleep">,
	note: (text: string) => void,
): RunflowClient {
	const buckets = new Map<string, Waiting[]>();
	let takesBatches = true;

	function send(model: string, signal: AbortSignal | undefined): void {
		const bucket = buckets.get(model) ?? [];
		buckets.delete(model);
		if (bucket.length === 0) return;
		client
			.createBatch(model, bodyOf(bucket), keyOf(bucket), signal)
			.then((runs) => deal(bucket, runs))
			.catch((error) => {
				const isRefused =
					error instanceof ServiceProblem &&
					error.fromService &&
					[404, 405, 422].includes(error.status);
				if (!isRefused) return refuse(bucket, error);
				// What is wrong with an input says nothing of batches: each order hears of its own.
				const isAboutInputs = /\binput\b|image_url|asset/i.test(error.message);
				if (takesBatches && !isAboutInputs)
					note(
						`${model} takes no batches (${error.message}): buying run by run`,
					);
				if (!isAboutInputs) takesBatches = false;
				for (const { order, resolve, reject } of bucket)
					client.createRun(order, signal).then(resolve, reject);
			});
	}

	return {
		...client,
		createRun(order, signal) {
			if (!takesBatches) return client.createRun(order, signal);
			return new Promise((resolve, reject) => {
				const bucket = buckets.get(order.model) ?? [];
				buckets.set(order.model, bucket);
				bucket.push({ order, resolve, reject });
				if (bucket.length >= service.limits.batchItems)
					return send(order.model, signal);
				if (bucket.length > 1) return;
				clock.sleep(gatherMs, signal).then(
					() => send(order.model, signal),
					(reason) => {
						buckets.delete(order.model);
						refuse(bucket, reason);
					},
				);
			});
		},
	};
}

/** Each run to its order, by the order's own `client_ref`, else by its place. */
function deal(bucket: readonly Waiting[], runs: readonly Run[]): void {
	const byRef = new Map(runs.map((run) => [run.clientRef, run]));
	for (const [at, { order, resolve, reject }] of bucket.entries()) {
		const run =
			byRef.get(refOf(order)) ?? (byRef.has(undefined) ? runs[at] : undefined);
		if (run) resolve(run);
		else {
			// Taken or not: the answer leaves it out, so it is looked up.
			const details = { status: 201, fromService: false };
			reject(new ServiceProblem("the batch leaves an order out", details));
		}
	}
}

function refuse(bucket: readonly Waiting[], reason: unknown): void {
	for (const { reject } of bucket) reject(reason);
}

function bodyOf(bucket: readonly Waiting[]): string {
	const input = bucket.map(({ order }) => {
		const body = JSON.parse(order.body) as {
			input: object;
			client_ref: string;
		};
		return { ...body.input, client_ref: body.client_ref };
	});
	const { callback_url } = JSON.parse(bucket[0]?.order.body ?? "{}") as {
		callback_url?: string;
	};
	return JSON.stringify({ input, ...(callback_url && { callback_url }) });
}

/** The same orders together have the same key, in whichever process. */
function keyOf(bucket: readonly Waiting[]): string {
	const hash = createHash("sha256");
	for (const { order } of bucket) hash.update(`${order.idempotencyKey}\n`);
	return `batch-${hash.digest("hex").slice(0, 32)}`;
}

function refOf({ body }: Order): string {
	return (JSON.parse(body) as { client_ref: string }).client_ref;
}
