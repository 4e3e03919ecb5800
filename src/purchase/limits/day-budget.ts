import { Failure } from "../../errors.ts";
import type { BillRatios } from "../../ledger/bill.ts";
import type { LedgerView } from "../../ledger/view.ts";
import type { Clock } from "../../runtime.ts";
import { formatUsd } from "../../system/money.ts";
import type { Job } from "../job.ts";
import type { Journal, ListedJob } from "../store/journal.ts";
import { askForLess, firstBillDue, type Limit } from "./budget.ts";
import { expectedMicros, type Priced } from "./reservations.ts";

/** What the day of this state folder comes to, in micro-dollars. */
interface DayBooks {
	/** Paid, by bills that came. */
	readonly spentMicros: number;
	/** Orders on their way and runs without a bill yet, at their price times the worst ratio of bill to price. */
	readonly reservedMicros: number;
	/** Whether anything of that may still settle: its process lives. */
	readonly isSettling: boolean;
	/** No bill of this model was ever seen, and one is due: of a run that a process waits for, or that was left. */
	readonly firstBillOf: (model: string) => "awaited" | "left" | undefined;
}

interface DayBudgetParts {
	readonly limit: Limit;
	readonly journal: Pick<Journal, "list">;
	readonly view: LedgerView;
	readonly ratios: BillRatios;
	/** Only what is bought there counts. */
	readonly service: string;
	readonly clock: Pick<Clock, "now">;
}

/** An order that was refused for what is spent, which does not come back on the same day. */
interface Refused {
	readonly micros: number;
	readonly day: string;
	readonly failure: Failure;
}

/**
 * The limit of a day, over all processes of a state folder, without a lock: an order is put on disk as `sending`
 * first and the day is added up afterwards. Of two processes that do so at once each sees the other's order, so that
 * together they may both step back and try again, but never both go on.
 */
export class DayBudget {
	readonly #parts: DayBudgetParts;
	readonly #most: number;
	#refused: Refused | undefined;

	constructor(parts: DayBudgetParts) {
		this.#parts = parts;
		this.#most = parts.limit.value ?? Number.POSITIVE_INFINITY;
	}

	/** Adds up the day. @param mine orders left out of it, by reference */
	async read(mine: ReadonlySet<string>): Promise<DayBooks> {
		const { journal, view, ratios, service, clock } = this.#parts;
		// Jobs before the ledger: one that ends meanwhile has its line before its file goes, and is seen in one of the two.
		const listed = await journal.list();
		const spent = await view.spentOn(clock.now());
		const open = listed.flatMap((one) => openJob(one, service, mine));
		for (const { job } of open) {
			const bill = job.billMicros;
			if (bill !== undefined) ratios.learn(job.model, job.priceMicros, bill);
		}
		const day = this.#today();
		const ofDay = open.filter(({ job }) => isOfDay(job, day));
		return addUp(ofDay, spent, ratios);
	}

	/**
	 * Whether an order that is on disk as `sending` may leave.
	 * @throws {Failure} `over_budget` where nothing that is under way could make room for it
	 */
	async judge(job: Job): Promise<"fits" | "wait"> {
		const found = await this.read(new Set([job.ref]));
		const value = expectedMicros(job, this.#parts.ratios);
		const { spentMicros, reservedMicros, isSettling } = found;
		if (spentMicros + value > this.#most) throw this.#refuse(value, found);
		const firstBill = found.firstBillOf(job.model);
		if (firstBill === "awaited") return "wait";
		if (firstBill === "left") throw firstBillDue(this.#parts.limit);
		if (spentMicros + reservedMicros + value <= this.#most) return "fits";
		if (isSettling) return "wait";
		throw this.#refuse(value, found);
	}

	/** @throws {Failure} `over_budget` where an order that cost no more was refused before, today */
	recall(order: Priced): void {
		if (
			this.#refused?.day === this.#today() &&
			expectedMicros(order, this.#parts.ratios) >= this.#refused.micros
		)
			throw this.#refused.failure;
	}

	/**
	 * @param howManyFit says how much of it a sum pays for, in micro-dollars
	 * @throws {Failure} `over_budget` for what does not fit even if all that is under way cost nothing
	 */
	async check(
		estimateMicros: number,
		howManyFit?: (micros: number) => string,
	): Promise<void> {
		const found = await this.read(new Set());
		const left = this.#most - found.spentMicros;
		if (estimateMicros <= left) return;
		const fits = howManyFit?.(Math.max(left, 0));
		throw overLimit(estimateMicros, found, this.#parts.limit, fits);
	}

	/** What may still be spent today beside what is under way, in micro-dollars. */
	async left(): Promise<number> {
		const { spentMicros, reservedMicros } = await this.read(new Set());
		return Math.max(this.#most - spentMicros - reservedMicros, 0);
	}

	#refuse(micros: number, found: DayBooks): Failure {
		const failure = overLimit(micros, found, this.#parts.limit);
		if (found.spentMicros + micros > this.#most)
			this.#refused = { micros, day: this.#today(), failure };
		return failure;
	}

	#today(): string {
		return new Date(this.#parts.clock.now()).toDateString();
	}
}

interface OpenJob {
	readonly job: Job;
	/** Whether the process that has it lives. */
	readonly isAlive: boolean;
}

function openJob(
	{ job, holder }: ListedJob,
	service: string,
	mine: ReadonlySet<string>,
): readonly OpenJob[] {
	if (job?.service !== service || mine.has(job.ref)) return [];
	return [{ job, isAlive: holder.alive }];
}

/** Whether a job is bought on this day, or may be. */
function isOfDay({ stage }: Job, day: string): boolean {
	// Nothing of it has left; before it does, it is judged itself.
	if (stage.name === "planned") return false;
	// What is not bought yet is bought today if it ever is.
	const boughtAt = "submittedAt" in stage ? stage.submittedAt : undefined;
	return !boughtAt || new Date(boughtAt).toDateString() === day;
}

/** @param spent what the ledger has of the day, in micro-dollars by reference: of a run of several images perhaps a part */
function addUp(
	open: readonly OpenJob[],
	spent: ReadonlyMap<string, number>,
	ratios: BillRatios,
): DayBooks {
	let spentMicros = 0;
	let reservedMicros = 0;
	for (const micros of spent.values()) spentMicros += micros;
	const unbilled: OpenJob[] = [];
	for (const one of open) {
		const { ref, billMicros, images = 1 } = one.job;
		const booked = spent.get(ref);
		if (billMicros !== undefined)
			spentMicros += Math.max(billMicros - (booked ?? 0), 0);
		else if (booked === undefined || images > 1)
			reservedMicros += Math.max(
				expectedMicros(one.job, ratios) - (booked ?? 0),
				0,
			);
		if (billMicros === undefined && booked === undefined) unbilled.push(one);
	}
	return {
		spentMicros,
		reservedMicros,
		isSettling: unbilled.some(({ isAlive }) => isAlive),
		firstBillOf(model) {
			const due = unbilled.filter(({ job }) => job.model === model);
			if (ratios.hasSeen(model) || due.length === 0) return undefined;
			return due.some(({ isAlive }) => isAlive) ? "awaited" : "left";
		},
	};
}

function overLimit(
	micros: number,
	{ spentMicros, reservedMicros }: DayBooks,
	{ value = 0, origin }: Limit,
	fits?: string,
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
			hint: askForLess(fits),
			charged: "no",
		},
	);
}
