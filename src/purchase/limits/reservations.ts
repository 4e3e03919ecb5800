import { Failure } from "../../errors.ts";
import type { BillRatios } from "../../ledger/bill.ts";
import { formatUsd } from "../../system/money.ts";
import { firstBillDue, type Limit } from "./budget.ts";

/** What a run is taken to cost, before its bill is known. */
export interface Priced {
	readonly ref: string;
	readonly model: string;
	/** In micro-dollars; undefined where nobody knows. */
	readonly priceMicros?: number | undefined;
}

/** What has to be reserved for an order, in micro-dollars: its price times the worst ratio of bill to price seen so far. */
export function expectedMicros(
	{ model, priceMicros = 0 }: Pick<Priced, "model" | "priceMicros">,
	ratios: BillRatios,
): number {
	return Math.ceil(priceMicros * ratios.worst(model));
}

/**
 * What one command may spend. Each order is reserved before it leaves, at its price times the worst ratio of bill to
 * price seen so far, and settled when its run has ended: reservations are revalued at each bill.
 */
export interface Reservations {
	/**
	 * Reserves for an order, unless that is done; `wait` where what is under way has to be settled first.
	 * @throws {Failure} `over_budget` where it does not fit whatever the bills under way turn out to be
	 */
	reserve(order: Priced): "reserved" | "wait";
	/** @throws {Failure} `over_budget` as `reserve` would */
	check(order: Priced): void;
	/** The run has ended. @param billMicros undefined where nobody knows: what was reserved counts as spent */
	settle(ref: string, billMicros: number | undefined): void;
	/** The work on an order has ended before its run: what was reserved counts as spent, and its bill is still due. */
	leave(ref: string): void;
	/** Nothing was bought. */
	cancel(ref: string): void;
}

export function createReservations(
	{ value: limit, origin }: Limit,
	ratios: BillRatios,
): Reservations {
	const open = new Map<string, Priced>();
	/** Models of runs that were left. */
	const left = new Set<string>();
	let spentMicros = 0;

	function check(order: Priced): void {
		if (
			limit !== undefined &&
			spentMicros + expectedMicros(order, ratios) > limit
		)
			throw overLimit(limit, origin);
	}

	function settle(ref: string, billMicros: number | undefined): void {
		const order = open.get(ref);
		if (order === undefined) return;
		open.delete(ref);
		spentMicros += billMicros ?? expectedMicros(order, ratios);
	}

	return {
		check,
		reserve(order) {
			if (open.has(order.ref)) return "reserved";
			check(order);
			if (limit !== undefined) {
				const value = expectedMicros(order, ratios);
				let reservedMicros = 0;
				for (const one of open.values())
					reservedMicros += expectedMicros(one, ratios);
				const isFirst = !ratios.hasSeen(order.model);
				const isFirstBillDue =
					isFirst &&
					[...open.values()].some(({ model }) => model === order.model);
				if (isFirstBillDue || spentMicros + reservedMicros + value > limit)
					return "wait";
				if (isFirst && left.has(order.model)) throw firstBillDue({ origin });
			}
			open.set(order.ref, order);
			return "reserved";
		},
		settle,
		leave(ref) {
			const order = open.get(ref);
			if (order) left.add(order.model);
			settle(ref, undefined);
		},
		cancel(ref) {
			open.delete(ref);
		},
	};
}

function overLimit(limit: number, origin: string): Failure {
	return new Failure(
		"over_budget",
		`the next image would pass the limit of ${formatUsd(limit)} (${origin})`,
		{
			hint: "what was bought is on disk; raise the limit and run the same command again",
			charged: "no",
		},
	);
}
