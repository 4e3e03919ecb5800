import { once, setMaxListeners } from "node:events";
import { Failure, toFailure } from "../../errors.ts";
import type { BillRatios } from "../../ledger/bill.ts";
import type { LedgerLine } from "../../ledger/ledger.ts";
import type { LedgerView } from "../../ledger/view.ts";
import type { Clock } from "../../runtime.ts";
import { newDraft } from "../deliver/draft.ts";
import { imageKey, type Job, wantedOf } from "../job.ts";
import type { HeldJob } from "../store/journal.ts";
import type { Targets } from "../store/targets.ts";
import type { DayBudget } from "./day-budget.ts";
import type { Priced, Reservations } from "./reservations.ts";

/** What is asked of an order right before it leaves. */
type Admitted =
	/** It is on disk as `sending`. */
	| { readonly state: "admitted" }
	/** Another process brought the images since this command looked; nothing is to be bought. */
	| { readonly state: "saved"; readonly lines: readonly LedgerLine[] };

interface Wait {
	readonly signal: AbortSignal;
	readonly clock: Clock;
	/** By `Clock.elapsed`. */
	readonly deadlineMs: number;
}

interface AdmissionParts {
	readonly view: LedgerView;
	readonly targets: Targets;
	readonly reservations: Reservations;
	/** Undefined where no limit of the day is set. */
	readonly day: DayBudget | undefined;
	readonly ratios: BillRatios;
	/** Names the account that the order goes to. */
	readonly account: string;
	/** Aborts when nothing more is to be bought, with a Failure as its reason. */
	readonly noMore: AbortSignal;
}

/** Between two looks at what other processes have under way, in milliseconds. */
const pollMs = 250;

/**
 * The one place that every order passes right before it leaves, under the lease of its job, whichever process planned
 * it: is the image there already, is its name free, do the limits hold?
 */
export class Admission {
	readonly #parts: AdmissionParts;
	/** Aborts when an order is settled, for those that wait for room; then there is a new one. */
	#change = new AbortController();
	/** Aborts when no order may leave any more, with a Failure as its reason. */
	readonly #stopped = new AbortController();
	#turn: Promise<unknown> = Promise.resolve();

	constructor(parts: AdmissionParts) {
		this.#parts = parts;
		const { noMore } = parts;
		setMaxListeners(0, this.#stopped.signal);
		const stop = () => this.stop(toFailure(noMore.reason));
		if (noMore.aborted) stop();
		noMore.addEventListener("abort", stop);
	}

	/**
	 * Waits until the limits have room. On return of `admitted` the job is at `sending`.
	 * @throws {Failure} `exists`, `over_budget`, with `charged: "no"`; the job is at `planned`
	 */
	async admit(
		held: HeldJob,
		{ signal, clock, deadlineMs }: Wait,
	): Promise<Admitted> {
		const { view, targets, day } = this.#parts;
		const lines = await savedLines(held, view);
		if (lines) return { state: "saved", lines };
		await targets.reserve(held.key, held.job);
		if (day) await view.learnBills();
		for (let hasWaited = false; ; hasWaited = true) {
			signal.throwIfAborted();
			const { aborted, reason } = this.#stopped.signal;
			if (aborted) throw unsent(reason);
			// Taken before the attempt: what changes during it is not missed.
			const change = this.#change.signal;
			const attempt = () => this.#tryReserve(held, clock.now(), hasWaited);
			if (await (day ? this.#inTurn(attempt) : attempt()))
				return { state: "admitted" };
			if (clock.elapsed() > deadlineMs) throw stillReserved();
			await nextChange(change, signal, day && { clock, ms: pollMs });
		}
	}

	/**
	 * Reserves another name than the planned one for the image of a job.
	 * @returns false where another unfinished job is to give it
	 */
	reserveName(key: string, file: string): Promise<boolean> {
		return this.#parts.targets.reserveName(key, file);
	}

	/** Spares the way to `admit` where the answer is known. @throws {Failure} `over_budget` */
	check(order: Priced): void {
		this.#parts.reservations.check(order);
		this.#parts.day?.recall(order);
	}

	/** From now on no order leaves, not even one that waits for its next try. The first reason counts. */
	stop(reason: Failure): void {
		this.#stopped.abort(reason);
		this.#wakeAll();
	}

	/** Waits before the next try of an order, and no longer than orders may leave. */
	pause(ms: number, { clock, signal }: Wait): Promise<void> {
		return nextChange(this.#stopped.signal, signal, { clock, ms });
	}

	/** A run has ended. @param billMicros undefined where nobody knows */
	settle(job: Job, billMicros: number | undefined): void {
		const { ratios, reservations } = this.#parts;
		// What failed costs nothing, which says nothing of what succeeds.
		if (billMicros) ratios.learn(job.model, job.priceMicros, billMicros);
		reservations.settle(job.ref, billMicros);
		this.#wakeAll();
	}

	/** The work on a job has ended. @param mayBeCharged whether money may be in it all the same */
	async release(held: HeldJob, mayBeCharged: boolean): Promise<void> {
		const { reservations, targets } = this.#parts;
		const { ref } = held.job;
		if (mayBeCharged) reservations.leave(ref);
		else reservations.cancel(ref);
		this.#wakeAll();
		await targets.release(held.key, held.job, !held.isOpen);
	}

	/** True where the order is reserved and on disk as `sending`; false where it has to wait. */
	async #tryReserve(
		held: HeldJob,
		nowMs: number,
		hasWaited: boolean,
	): Promise<boolean> {
		const { reservations, day, account } = this.#parts;
		// A job file only grows: it is not written to at each look.
		if (hasWaited && (await day?.judge(held.job)) === "wait") return false;
		if (reservations.reserve(held.job) === "wait") return false;
		let fits = false;
		try {
			const sentAt = new Date(nowMs).toISOString();
			await held.enter(
				{ name: "sending", sentAt },
				{ account, ...newDraft(held) },
			);
			fits = day === undefined || (await day.judge(held.job)) === "fits";
		} finally {
			if (!fits) {
				reservations.cancel(held.job.ref);
				if (held.job.stage.name === "sending")
					await held.enter({ name: "planned" });
			}
		}
		return fits;
	}

	/** One after the other: orders of one process must not step back from one another. */
	#inTurn<T>(work: () => Promise<T>): Promise<T> {
		const mine = this.#turn.then(work, work);
		this.#turn = mine;
		return mine;
	}

	#wakeAll(): void {
		const changed = this.#change;
		this.#change = new AbortController();
		changed.abort();
	}
}

/**
 * Until something changes in this process, or it is interrupted.
 * @param atMost looks again after so long as well, as orders of other processes wake nobody here
 */
async function nextChange(
	change: AbortSignal,
	signal: AbortSignal,
	atMost: { readonly clock: Clock; readonly ms: number } | undefined,
): Promise<void> {
	if (change.aborted || signal.aborted) return;
	const woken = new AbortController();
	const wake = () => woken.abort();
	const causes = [change, signal];
	for (const cause of causes) cause.addEventListener("abort", wake);
	try {
		await (atMost
			? atMost.clock.sleep(atMost.ms, woken.signal)
			: once(woken.signal, "abort"));
	} catch {
		// Woken: the caller looks again.
	} finally {
		for (const cause of causes) cause.removeEventListener("abort", wake);
	}
}

/** The lines of a job whose images are saved, all of them. */
async function savedLines(
	{ key, job }: HeldJob,
	view: LedgerView,
): Promise<readonly LedgerLine[] | undefined> {
	const lines: LedgerLine[] = [];
	for (const at of wantedOf(job)) {
		const line = await view.savedSince(imageKey(key, at));
		if (line === undefined) return undefined;
		lines.push(line);
	}
	return lines;
}

function unsent({ code, message, hint }: Failure): Failure {
	return new Failure(code, message, { hint, charged: "no" });
}

function stillReserved(): Failure {
	return new Failure(
		"over_budget",
		"what is under way has not settled in time, and the limit has no room beside it",
		{
			hint: "nothing was bought: run the same command again later",
			retryable: true,
			charged: "no",
		},
	);
}
