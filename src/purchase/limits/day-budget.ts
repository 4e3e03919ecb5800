import { Failure } from "../../errors.ts";
import type { BillRatios } from "../../ledger/bill.ts";
import type { LedgerView } from "../../ledger/view.ts";
import type { Clock } from "../../runtime.ts";
import { formatUsd } from "../../system/money.ts";
import type { Job } from "../job.ts";
import type { Journal } from "../store/journal.ts";
import type { Limit } from "./budget.ts";
import type { Priced } from "./reservations.ts";

/** What the day of this state folder comes to, in micro-dollars. */
export interface DayBooks {
	/** Paid, by bills that came. */
	readonly spentMicros: number;
	/** Orders on their way and runs without a bill yet, at their price times the worst ratio of bill to price. */
	readonly reservedMicros: number;
	/** Whether anything of that may still settle: its process lives. */
	readonly isSettling: boolean;
	/** A run of this model is under way, and no bill of it was ever seen. */
	readonly isFirstBillDue: (model: string) => boolean;
}

/**
 * The limit of a day, over all processes of a state folder, without a lock: an order is put on disk as `sending`
 * first and the day is added up afterwards. Of two processes that do so at once each sees the other's order, so that
 * together they may both step back and try again, but never both go on.
 */
export interface DayBudget {
	readonly limit: Limit;
	/** Adds up the day. @param mine orders left out of it */
	read(mine: ReadonlySet<string>): Promise<DayBooks>;
	/**
	 * Whether an order that is on disk as `sending` may leave.
	 * @throws {Failure} `over_budget` where nothing that is under way could make room for it
	 */
	judge(job: Job): Promise<"fits" | "wait">;
	/** @throws {Failure} `over_budget` where an order that cost no more was refused before, today */
	recall(order: Priced): void;
	/** @throws {Failure} `over_budget` for what does not fit even if all that is under way cost nothing */
	check(estimateMicros: number): Promise<void>;
}

export function createDayBudget(books: {
	readonly limit: Limit;
	readonly journal: Pick<Journal, "list">;
	readonly view: LedgerView;
	readonly ratios: BillRatios;
	/** Only what is bought there counts. */
	readonly service: string;
	readonly clock: Pick<Clock, "now">;
}): DayBudget {
	const { limit, ratios } = books;
	const most = limit.value ?? Number.POSITIVE_INFINITY;
	const estimateOf = ({ model, priceMicros = 0 }: Priced) =>
		Math.ceil(priceMicros * ratios.worst(model));

	let refused:
		| {
				readonly micros: number;
				readonly day: string;
				readonly failure: Failure;
		  }
		| undefined;

	/** What is spent does not come back: from now on today nothing fits that costs as much. */
	function refuse(micros: number, found: DayBooks): Failure {
		const failure = overLimit(micros, found, limit);
		if (found.spentMicros + micros > most)
			refused = { micros, day: today(), failure };
		return failure;
	}

	function today(): string {
		return new Date(books.clock.now()).toDateString();
	}

	async function read(mine: ReadonlySet<string>): Promise<DayBooks> {
		const { journal, view, service, clock } = books;
		// Jobs before the ledger: one that ends meanwhile has its line before its file goes, and is seen in one of the two.
		const listed = await journal.list();
		const spent = await view.spentOn(clock.now());
		const open = listed.flatMap(({ job, holder }) =>
			job?.service === service && !mine.has(job.ref)
				? [{ job, isAlive: holder.alive }]
				: [],
		);
		for (const { job } of open) {
			const bill = job.billMicros;
			if (bill !== undefined) ratios.learn(job.model, job.priceMicros, bill);
		}
		const day = today();
		let spentMicros = 0;
		let reservedMicros = 0;
		for (const micros of spent.values()) spentMicros += micros;
		const unbilled = open.filter(({ job }) => {
			const { stage } = job;
			// Nothing of it has left; before it does, it is judged itself.
			if (stage.name === "planned") return false;
			// What is not bought yet is bought today if it ever is.
			const boughtAt = "submittedAt" in stage ? stage.submittedAt : undefined;
			if (boughtAt && new Date(boughtAt).toDateString() !== day) return false;
			const booked = spent.get(job.ref);
			const bill = job.billMicros;
			if (bill !== undefined) spentMicros += Math.max(bill - (booked ?? 0), 0);
			else if (booked === undefined || (job.images ?? 1) > 1)
				reservedMicros += Math.max(estimateOf(job) - (booked ?? 0), 0);
			return bill === undefined && booked === undefined;
		});
		return {
			spentMicros,
			reservedMicros,
			isSettling: unbilled.some(({ isAlive }) => isAlive),
			isFirstBillDue: (model) =>
				!ratios.hasSeen(model) &&
				unbilled.some(({ job, isAlive }) => isAlive && job.model === model),
		};
	}

	return {
		limit,
		read,
		async judge(job) {
			const found = await read(new Set([job.ref]));
			const value = estimateOf(job);
			const { spentMicros, reservedMicros, isSettling } = found;
			if (spentMicros + value > most) throw refuse(value, found);
			if (found.isFirstBillDue(job.model)) return "wait";
			if (spentMicros + reservedMicros + value <= most) return "fits";
			if (isSettling) return "wait";
			throw refuse(value, found);
		},
		recall(order) {
			if (refused?.day === today() && estimateOf(order) >= refused.micros)
				throw refused.failure;
		},
		async check(estimateMicros) {
			const found = await read(new Set());
			if (found.spentMicros + estimateMicros > most)
				throw overLimit(estimateMicros, found, limit);
		},
	};
}

function overLimit(
	micros: number,
	{ spentMicros, reservedMicros }: DayBooks,
	{ value = 0, origin }: Limit,
): Failure {
	const parts = [
		...(spentMicros > 0 ? [`${formatUsd(spentMicros)} spent today`] : []),
		...(reservedMicros > 0
			? [`${formatUsd(reservedMicros)} reserved for what is under way`]
			: []),
	];
	const onTop = parts.length > 0 ? ` on top of ${parts.join(" and ")}` : "";
	return new Failure(
		"over_budget",
		`this costs ${formatUsd(micros)}${onTop}, more than the limit of ${formatUsd(value)} (${origin})`,
		{
			hint: "nothing was bought: ask for less, or raise the limit",
			charged: "no",
		},
	);
}
