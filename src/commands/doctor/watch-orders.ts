import type { Order, RunflowClient } from "../../runflow/client.ts";
import type { Run } from "../../runflow/schemas.ts";
import type { Clock } from "../../runtime.ts";

/** An order that was answered with a run, as it went over the wire. */
export interface AnsweredOrder {
	readonly order: Order;
	readonly run: Run;
	/** When it came, by `Clock.elapsed`. */
	readonly atMs: number;
}

/** The same client, which keeps the orders that are answered with a run. */
export function watchOrders(
	client: RunflowClient,
	clock: Clock,
	onAnswer: (answered: AnsweredOrder) => void,
): RunflowClient {
	return {
		...client,
		async createRun(order, signal) {
			const run = await client.createRun(order, signal);
			onAnswer({ order, run, atMs: clock.elapsed() });
			return run;
		},
	};
}

/** When a listing is asked for a run, in milliseconds after the answer to its order; then it is given up. */
const looksMs = [
	...[0, 250, 500, 1_000, 2_000, 4_000],
	...[8_000, 15_000, 30_000, 60_000],
];

/**
 * Milliseconds until a listing by its reference had a run, to the look at which it was there; null where it never came.
 * @throws what the listing throws
 */
export async function measureListingDelay(
	{ order, run, atMs }: AnsweredOrder,
	client: RunflowClient,
	clock: Clock,
	signal: AbortSignal,
): Promise<number | null> {
	const ref = order.idempotencyKey;
	for (const lookMs of looksMs) {
		const waitMs = atMs + lookMs - clock.elapsed();
		if (waitMs > 0) await clock.sleep(waitMs, signal);
		const { runs } = await client.findRuns({ ref, clientRef: ref }, signal);
		if (runs.some(({ id }) => id === run.id))
			return Math.round(clock.elapsed() - atMs);
	}
	return null;
}
