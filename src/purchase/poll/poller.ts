import type { Hints } from "../../callbacks/hints.ts";
import { toFailure } from "../../errors.ts";
import type { Run } from "../../runflow/schemas.ts";
import type { PollContext, Poller, SubmittedRun } from "../context.ts";
import { classifyPollError, stillRunning } from "./poll-error.ts";
import { askInTime, type Question, questionsOf } from "./questions.ts";
import { queueMsOf } from "./run-history.ts";
import {
	ageOf,
	countRead,
	earlyMs,
	hasEnded,
	isLate,
	isReadOften,
	schedule,
	type Wait,
} from "./wait.ts";

/** A run that listings leave out so often is read by itself. */
const mostMisses = 3;
/** Listings are no closer, as each is a large answer; but the wider a batch, the less they are beside its purchases. */
const listingGapMs = { of: 4_000, least: 100, most: 250 };

/** @param callbacks say which runs have ended; undefined where nobody listens */
export function createPoller(callbacks?: Hints): Poller {
	return new RunPoller(callbacks);
}

/**
 * Looks at all runs of a command, with the fewest requests for them, when their ends are likely. A callback is a hint: its run is
 * read at once. What it says is not believed, and that it comes is not counted on.
 */
class RunPoller implements Poller {
	readonly #callbacks: Hints | undefined;
	readonly #waits = new Set<Wait>();
	#alarm = new AbortController();
	#canList = true;
	/** The most runs that were waited for at once. */
	#width = 0;
	#listedAtMs = Number.NEGATIVE_INFINITY;
	#hasHeard = false;
	#hasComplained = false;

	constructor(callbacks: Hints | undefined) {
		this.#callbacks = callbacks;
	}

	waitForEnd(run: SubmittedRun, context: PollContext): Promise<Run> {
		const { known } = run;
		if (known && hasEnded(known) && !lacksReason(known))
			return Promise.resolve(known);
		return new Promise((resolve, reject) => {
			const wait: Wait = {
				...{ ...run, context, resolve, reject },
				...{ reads: 0, hintedReads: 0, misses: 0, failedLooks: 0, queueMs: 0 },
				...{ isAsked: false, isListed: false, isHinted: false },
				unsubscribe: () => {},
				// One that is found again may have ended long ago.
				dueMs: context.clock.elapsed(),
			};
			this.#add(wait);
		});
	}

	#add(wait: Wait): void {
		const { signal } = wait.context;
		if (signal.aborted) {
			wait.reject(signal.reason);
			return;
		}
		const interrupt = () => {
			this.#leave(wait, signal.reason);
			this.#plan();
		};
		signal.addEventListener("abort", interrupt, { once: true });
		const forget = this.#callbacks?.subscribe(wait.id, () => this.#hint(wait));
		wait.unsubscribe = () => {
			signal.removeEventListener("abort", interrupt);
			forget?.();
		};
		this.#waits.add(wait);
		this.#width = Math.max(this.#width, this.#waits.size);
		if (wait.known && !hasEnded(wait.known)) {
			this.#take(wait, wait.known);
			this.#schedule(wait);
		}
		this.#plan();
	}

	/** Has a run read at once, whatever else is planned or under way. */
	#hint(wait: Wait): void {
		this.#hasHeard = true;
		wait.isHinted = true;
		wait.isListed = false;
		wait.dueMs = 0;
		this.#plan();
	}

	/** Sets the alarm for the next look; called after each change. */
	#plan(): void {
		this.#alarm.abort(replaced);
		const idle = questionsOf([...this.#waits]).filter(
			({ waits }) => !waits.some(({ isAsked }) => isAsked),
		);
		const clock = idle[0]?.waits[0]?.context.clock;
		if (clock === undefined) return;
		this.#alarm = new AbortController();
		const { signal } = this.#alarm;
		const delayMs =
			Math.min(...idle.map((one) => this.#dueOf(one))) - clock.elapsed();
		clock.sleep(Math.max(delayMs, 0), signal).then(
			() => {
				const nowMs = clock.elapsed() + earlyMs;
				for (const one of idle)
					if (this.#dueOf(one) <= nowMs) void this.#look(one);
				this.#plan();
			},
			(error) => {
				if (signal.aborted) return;
				for (const wait of this.#waits) this.#leave(wait, error);
			},
		);
	}

	#dueOf({ waits, isListing }: Question<Wait>): number {
		const dueMs = Math.min(...waits.map((wait) => wait.dueMs));
		if (!isListing) return dueMs;
		const { of, least, most } = listingGapMs;
		const gapMs = Math.min(Math.max(of / this.#width, least), most);
		return Math.max(dueMs, this.#listedAtMs + gapMs);
	}

	async #look(question: Question<Wait>): Promise<void> {
		const { waits, isListing } = question;
		for (const wait of waits) wait.isAsked = true;
		let pauseMs = 0;
		try {
			const runs = await askInTime(question);
			const byId = new Map(runs.map((run) => [run.id, run]));
			for (const wait of waits) {
				if (isListing) this.#takeListed(wait, byId.get(wait.id));
				else this.#take(wait, runs[0]);
			}
		} catch (error) {
			pauseMs = this.#meet(error, question);
		}
		for (const wait of waits) {
			wait.isAsked = false;
			if (isListing) this.#listedAtMs = wait.context.clock.elapsed();
			else countRead(wait);
			if (isLate(wait)) this.#leave(wait, stillRunning(wait));
			// What a listing does not show is read at once.
			else if (isListing && !wait.isListed) wait.dueMs = 0;
			else this.#schedule(wait, isListing ? waits.length : 1, pauseMs);
		}
		this.#plan();
	}

	#schedule(wait: Wait, runs = 1, pauseMs = 0): void {
		schedule(wait, {
			runs,
			pauseMs,
			isListening: this.#callbacks !== undefined,
		});
	}

	/** @param run undefined where the listing does not show it */
	#takeListed(wait: Wait, run: Run | undefined): void {
		if (run === undefined) wait.misses += 1;
		const isToRead = run && lacksReason(run) && !isLate(wait);
		if (isToRead) wait.misses = mostMisses;
		this.#take(wait, isToRead ? undefined : run);
	}

	/** @param run undefined where the answer does not show it */
	#take(wait: Wait, run: Run | undefined): void {
		// Its callback came while the answer was on its way.
		if (!this.#waits.has(wait)) return;
		wait.failedLooks = 0;
		if (run && hasEnded(run)) {
			this.#complain(wait);
			this.#settle(wait, run);
			return;
		}
		if (run) {
			wait.queueMs = queueMsOf(run);
			tell(wait, run);
		}
		wait.isListed =
			this.#canList && wait.misses < mostMisses && !isReadOften(wait);
	}

	/** Takes what came instead of an answer. @returns how long the service asks not to be asked, in milliseconds */
	#meet(error: unknown, { waits, isListing }: Question<Wait>): number {
		const open = waits.filter((wait) => this.#waits.has(wait));
		if (open.length === 0) return 0;
		const pollError = classifyPollError(error, isListing ? undefined : open[0]);
		if ("reason" in pollError) {
			for (const wait of open) this.#leave(wait, pollError.reason);
			return 0;
		}
		if (pollError.isRefusedListing) {
			this.#canList = false;
			for (const wait of this.#waits) wait.isListed = false;
		}
		for (const wait of open) {
			wait.failedLooks += 1;
			wait.lastError = toFailure(error).message;
		}
		const first = open.find((wait) => !isLate(wait));
		first?.context.emit({ type: "note", text: pollError.note });
		return pollError.pauseMs;
	}

	#settle(wait: Wait, run: Run): void {
		if (!this.#remove(wait)) return;
		wait.context.runTimes.learn(run);
		wait.resolve(run);
	}

	#leave(wait: Wait, reason: unknown): void {
		if (this.#remove(wait)) wait.reject(reason);
	}

	#remove(wait: Wait): boolean {
		wait.unsubscribe();
		return this.#waits.delete(wait);
	}

	/** Said once: a look found the end of a run, and no callback at all has come. */
	#complain({ id, context }: Wait): void {
		if (this.#callbacks === undefined || this.#hasHeard || this.#hasComplained)
			return;
		this.#hasComplained = true;
		context.emit({
			type: "note",
			text: `no callback came for run ${id}: asking the service instead (does the callback URL reach this machine?)`,
		});
	}
}

/** Given, as a reason that is made anew for each alarm takes longer than the alarm. */
const replaced = new Error("another look is planned");

/** A listing says that a run failed, and not why: it is read. */
function lacksReason({ state, failure: { code, message } }: Run): boolean {
	return state === "failed" && !code && !message;
}

function tell(wait: Wait, { state, status }: Run): void {
	if (state === "queued" || state === "running" || state === "unknown")
		wait.context.emit({ type: "state", state, status, sinceMs: ageOf(wait) });
}
