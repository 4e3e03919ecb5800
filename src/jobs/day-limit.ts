import { usdToMicros } from "../money.ts";
import type { Clock } from "../runtime.ts";
import { checkLimit, type Limit } from "./budget.ts";
import { openClaims } from "./claims.ts";
import type { Job } from "./job.ts";
import type { Journal } from "./journal.ts";
import type { Ledger, LedgerLine } from "./ledger.ts";

/** The limit of a day, held over all processes of this state folder. */
export interface DayLimit {
	/** Does something while no other process counts or reserves. Without a limit nothing is locked. */
	alone<T>(work: () => Promise<T>): Promise<T>;
	/**
	 * Whether some jobs may be bought on top of what was spent today and what is under way. A job on disk
	 * is its own reservation: it counts from its creation until the ledger has what it really cost.
	 * @throws {Failure} `over_budget`
	 */
	check(
		jobs: readonly Job[],
		estimateMicros: number | undefined,
	): Promise<void>;
}

interface Books {
	readonly limit: Limit;
	readonly ledger: Ledger;
	readonly journal: Journal;
	/** Only what was bought there counts. */
	readonly service: string;
	readonly folder: string;
	readonly clock: Clock;
}

const lookEveryMs = 15;

export function openDayLimit(books: Books): DayLimit {
	const { limit, journal, service, clock } = books;
	return {
		async alone(work) {
			if (limit.value === undefined) return work();
			const claims = openClaims(books.folder);
			try {
				for (;;) {
					const acquired = await claims.acquire("budget", () => "");
					if (acquired.state === "busy") {
						await clock.sleep(lookEveryMs);
						continue;
					}
					try {
						return await work();
					} finally {
						await acquired.claim.remove();
					}
				}
			} finally {
				claims.close();
			}
		},
		async check(jobs, estimateMicros) {
			if (limit.value === undefined) return;
			const mine = new Set(jobs.map(({ ref }) => ref));
			// Jobs before the ledger: one that ends meanwhile has its line before its file goes, and is seen in one of the two.
			const open = await journal.list();
			const spent = await spentToday(books);
			let sum = 0;
			for (const micros of spent.values()) sum += micros;
			for (const { job } of open)
				if (
					job?.service === service &&
					!mine.has(job.ref) &&
					isToday(job.createdAt, clock)
				)
					sum += openMicros(job, spent);
			checkLimit(estimateMicros, limit, sum);
		},
	};
}

/** What a job may still cost beyond what its images in the ledger did. */
function openMicros(
	{ ref, priceMicros = 0, images = 1 }: Job,
	spent: ReadonlyMap<string, number>,
): number {
	const booked = spent.get(ref);
	if (booked === undefined) return priceMicros;
	return images > 1 ? Math.max(priceMicros - booked, 0) : 0;
}

/** What the images that ended today cost, in micro-dollars, by the reference of their run. */
async function spentToday({
	ledger,
	service,
	clock,
}: Books): Promise<ReadonlyMap<string, number>> {
	const spent = new Map<string, number>();
	for (const {
		record,
		service: where,
		finishedAt,
	} of await ledger.readRecent())
		if (where === service && isToday(boughtAt(record) ?? finishedAt, clock))
			spent.set(
				record.client_ref,
				(spent.get(record.client_ref) ?? 0) +
					(record.status === "saved"
						? (usdToMicros(record.cost_usd ?? 0) ?? 0)
						: 0),
			);
	return spent;
}

/** By the calendar where the user is. */
function isToday(time: string, clock: Pick<Clock, "now">): boolean {
	return new Date(time).toDateString() === new Date(clock.now()).toDateString();
}

/** An image that is fetched today may have been bought long ago. */
function boughtAt(record: LedgerLine["record"]): string | null {
	return record.status === "saved" ? record.submitted_at : null;
}
